"""Archives that hold no image, or a damaged one."""

from __future__ import annotations

import io
import json
import shutil
import tarfile

import pytest

from pipeline.core.errors import InputError
from pipeline.image.registry import archive

DATE = "2026-02-03T04:05:06Z"


@pytest.fixture
def unpacked(make_image, tmp_path):
    """An image's files, and how to pack them again."""
    folder = tmp_path / "unpacked"
    with tarfile.open(make_image(b"layer", b"layer", b"other")) as file:
        file.extractall(folder, filter="data")
    return folder


def pack(folder):
    path = folder.with_suffix(".tar")
    with tarfile.open(path, "w") as file:
        file.add(folder, ".")
    return path


def test_an_image_is_read_with_one_date_and_each_blob_once(unpacked) -> None:
    with archive.opened(pack(unpacked), DATE) as image:
        config = json.loads(image.blobs[0].read_bytes())
        manifest = json.loads(image.manifest.text)
        assert config["created"] == DATE
        assert {entry["created"] for entry in config["history"]} == {DATE}
        assert config["config"]["Labels"] == {"org.opencontainers.image.title": "app"}
        assert len(manifest["layers"]) == 3 and len(image.blobs) == 3  # with the configuration
        assert manifest["config"]["size"] == image.blobs[0].stat().st_size
        place = image.blobs[0].parent
    assert not place.exists()


def lose_a_layer(folder):
    max(
        (folder / "blobs/sha256").iterdir(), key=lambda path: path.read_bytes() == b"layer"
    ).unlink()


def flip_a_bit(folder):
    path = max((folder / "blobs/sha256").iterdir(), key=lambda path: path.read_bytes() == b"layer")
    path.write_bytes(b"lazer")


def two_images(folder):
    index = json.loads((folder / "index.json").read_bytes())
    index["manifests"] *= 2
    (folder / "index.json").write_text(json.dumps(index))


def a_path_for_a_digest(folder):
    index = (folder / "index.json").read_text()
    (folder / "index.json").write_text(index.replace("sha256:", "sha256:../../../"))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lose_a_layer, "is missing"),
        (flip_a_bit, "is damaged"),
        (two_images, "too many values"),
        (a_path_for_a_digest, "is not a digest"),
        (lambda folder: (folder / "index.json").unlink(), "index.json"),
        (lambda folder: (folder / "index.json").write_text("[]"), "is not an image"),
        (lambda folder: shutil.rmtree(folder / "blobs"), "is missing"),
    ],
)
def test_what_is_wrong_with_an_archive_is_said(unpacked, damage, words) -> None:
    damage(unpacked)
    with pytest.raises(InputError, match=words), archive.opened(pack(unpacked), DATE):
        pass


def test_a_file_that_is_no_archive(tmp_path) -> None:
    file = tmp_path / "image.tar"
    file.write_bytes(b"no archive at all")
    with pytest.raises(InputError, match="not an image in OCI layout"):
        with archive.opened(file, DATE):
            pass


def test_an_archive_that_writes_elsewhere(tmp_path) -> None:
    file = tmp_path / "image.tar"
    with tarfile.open(file, "w") as evil:
        member = tarfile.TarInfo("../../escaped")
        member.size = 1
        evil.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(InputError, match="outside the destination"):
        with archive.opened(file, DATE):
            pass
