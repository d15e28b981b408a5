"""Which image goes where, and what the registry is told; against a registry in memory."""

from __future__ import annotations

import json

import pytest

from pipeline.core.errors import CheckFailed, InputError, RegistryError
from pipeline.core.references import Repository
from pipeline.image.registry.repository import ImageManifest, Registry, RegistryAccess, digest_of
from pipeline.remote import delivery


class Memory(Registry):
    """A registry that is a dictionary."""

    def __init__(self) -> None:
        self.repository = Repository("registry.example.org", "team/odoo-mta")
        self.access = RegistryAccess(None, False, None)
        self.names: dict[str, ImageManifest] = {}
        self.blobs: dict[str, bytes] = {}
        self.down = False

    def manifest(self, name: str) -> ImageManifest | None:
        if self.down:
            raise RegistryError("the registry is down", "wait")
        return self.names.get(name)

    def put(self, tag: str, manifest: ImageManifest) -> None:
        self.names[tag] = self.names[manifest.digest] = manifest

    def tags(self) -> tuple[str, ...]:
        return tuple(sorted(name for name in self.names if not name.startswith("sha256:")))

    def upload_bytes(self, data: bytes) -> str:
        self.blobs[digest_of(data)] = data
        return digest_of(data)

    def download(self, digest: str, limit: int) -> bytes:
        return self.blobs[digest]

    def push(self, *tags: str, version: str = "1.2.3", more: str = "") -> str:
        labels = {"org.opencontainers.image.version": version} if version else None
        config = self.upload_bytes(json.dumps({"config": {"Labels": labels}, "x": more}).encode())
        manifest = ImageManifest(json.dumps({"config": {"digest": config}, "layers": []}))
        for tag in tags:
            self.put(tag, manifest)
        return manifest.digest


@pytest.fixture
def registry() -> Memory:
    return Memory()


def test_a_tag_of_uat_is_resolved_to_a_digest(registry) -> None:
    digest = registry.push("uat-latest", version="2.0.0")
    found = delivery.for_uat(registry, "uat-latest", "")
    assert found == delivery.Delivery(digest, "2.0.0", f"{registry.repository}@{digest}")
    assert delivery.for_uat(registry, "uat-latest", digest) == found


def test_an_image_without_a_version_is_called_by_its_tag(registry) -> None:
    registry.push("uat-v3.1.0", version="")
    assert delivery.for_uat(registry, "uat-v3.1.0", "").version == "3.1.0"


def test_an_unsuitable_image_for_uat(registry) -> None:
    with pytest.raises(RegistryError, match="there is no .*:uat-v9"):
        delivery.for_uat(registry, "uat-v9", "")
    with pytest.raises(InputError, match="is not a tag"):
        delivery.for_uat(registry, "'; DROP", "")
    registry.push("uat-latest")
    with pytest.raises(CheckFailed, match="moved"):
        delivery.for_uat(registry, "uat-latest", "sha256:" + "0" * 64)


def test_prod_gets_only_what_uat_ran(registry) -> None:
    registry.push("uat-v1.2.3")
    with pytest.raises(CheckFailed, match="UAT never ran"):
        delivery.for_prod(registry, "1.2.3", "", untested=False)
    assert delivery.for_prod(registry, "v1.2.3", "", untested=True).version == "1.2.3"
    line = delivery.after_uat(registry, delivery.for_uat(registry, "uat-v1.2.3", ""))
    assert line.startswith("recorded in the registry: UAT ran sha256:")
    assert delivery.for_prod(registry, "1.2.3", "", untested=False).version == "1.2.3"


def test_a_tag_of_prod_never_moves(registry) -> None:
    registry.push("prod-v1.2.3", more="older")
    registry.push("uat-v1.2.3")
    with pytest.raises(CheckFailed, match="a tag of PROD never moves"):
        delivery.for_prod(registry, "1.2.3", "", untested=True)


def test_after_prod_the_image_has_its_tag_and_old_ones_go(registry) -> None:
    digest = registry.push("uat-v1.2.3")
    found = delivery.for_prod(registry, "1.2.3", "", untested=True)
    line = delivery.after_prod(registry, found, True, keep=5)
    assert line == f"{registry.repository}:prod-v1.2.3 is {digest}"
    assert registry.names["prod-v1.2.3"].digest == digest


def test_uat_latest_goes_back_to_what_runs(registry) -> None:
    good = registry.push("uat-v1.0.0", version="1.0.0")
    registry.push("uat-v2.0.0", "uat-latest", version="2.0.0")
    failed = delivery.for_uat(registry, "uat-v2.0.0", "")
    assert "names " + good in delivery.back_to(registry, failed, good)
    assert registry.names["uat-latest"].digest == good
    assert delivery.back_to(registry, failed, good) == ""
    assert delivery.back_to(registry, failed, failed.digest) == ""


def test_a_registry_that_cannot_be_updated_does_not_hide_what_was_deployed(registry) -> None:
    registry.push("uat-latest")
    found = delivery.for_uat(registry, "uat-latest", "")
    registry.down = True
    with pytest.raises(RegistryError, match="UAT runs the image, but the registry could not"):
        delivery.update_registry(
            print, lambda: delivery.after_uat(registry, found), "UAT runs the image"
        )


def test_what_runs_is_read_from_the_status() -> None:
    digest = "sha256:" + "a" * 64
    assert delivery.running(json.dumps({"image": f"x/y@{digest}"}).encode()) == digest
    assert delivery.running(b"{}") == ""
