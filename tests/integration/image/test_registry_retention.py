"""Old tags of PROD go; images, their other tags, and what runs stay."""

from __future__ import annotations

import json

import pytest

from pipeline.core.errors import RegistryError
from pipeline.core.references import Repository
from pipeline.image.registry import repository as protocol
from pipeline.image.registry.hub import Hub
from pipeline.image.registry.repository import Credentials

VERSIONS = ("0.1.0", "0.9.0", "0.10.0")


@pytest.fixture
def pipeline(run_pipeline, source):
    def run(registry, command, *arguments):
        code, text = run_pipeline(
            command, *arguments, "--source", source, "--format", "json", *registry.options
        )
        assert code == 0, text
        return json.loads(text)

    return run


@pytest.fixture
def fill(pipeline, make_image):
    """Publish and promote a few versions; the digest of each."""

    def run(registry):
        digests = {}
        for version in VERSIONS:
            arguments = (make_image(version.encode()), "--version", version)
            digests[version] = pipeline(registry, "image", "publish", *arguments)["digest"]
            pipeline(registry, "image", "promote", version, "--allow-untested")
        return digests

    return run


def prod(registry):
    return [tag for tag in registry.tags() if tag.startswith("prod-")]


def promote(pipeline, registry, version, *arguments):
    shown = pipeline(registry, "image", "promote", version, "--allow-untested", *arguments)
    return {one["tag"]: (one["outcome"], one["why"]) for one in shown["retention"]}


def test_old_tags_go_and_their_siblings_stay(pipeline, registry, fill) -> None:
    digests = fill(registry)
    shown = promote(pipeline, registry, "0.10.0", "--keep", "2", "--running", digests["0.10.0"])
    assert shown["prod-v0.1.0"][0] == "removed"
    assert prod(registry) == ["prod-v0.10.0", "prod-v0.9.0"]
    for version, digest in digests.items():  # every image is there, and by its tag of UAT
        assert registry.digest(f"uat-v{version}") == digest
        resolved = pipeline(registry, "image", "resolve", f"uat-v{version}@{digest}")
        assert resolved["beside"] == ["provenance"]


def test_what_an_environment_runs_stays(pipeline, registry, fill) -> None:
    digests = fill(registry)
    for running in (
        digests["0.1.0"],
        "uat-v0.1.0",
        f"{registry.host}/team/app@{digests['0.1.0']}",
        f"{registry.host}/team/app:prod-v0.1.0",
    ):
        shown = promote(pipeline, registry, "0.10.0", "--keep", "1", "--running", running)
        assert shown["prod-v0.1.0"] == ("kept", "an environment runs it")
    assert prod(registry) == ["prod-v0.1.0", "prod-v0.10.0"]


def test_the_latest_of_uat_counts_as_running(pipeline, registry, fill) -> None:
    digests = fill(registry)
    pipeline(registry, "image", "tag", "uat-v0.1.0", "uat-latest")
    running = ("--running", digests["0.10.0"])
    shown = promote(pipeline, registry, "0.10.0", "--keep", "1", *running)
    assert [shown[f"prod-v{version}"][0] for version in VERSIONS] == ["kept", "removed", "kept"]


def test_without_a_word_on_what_runs_nothing_goes(pipeline, registry, fill) -> None:
    fill(registry)
    for nothing in ((), ("--running", ""), ("--running", " ")):
        assert promote(pipeline, registry, "0.10.0", "--keep", "1", *nothing) == {}
    assert len(prod(registry)) == len(VERSIONS)


def test_a_registry_that_deletes_nothing_is_left_as_it_was(pipeline, make_registry, fill) -> None:
    registry = make_registry(deletes=False)
    digests = fill(registry)
    before = {tag: registry.digest(tag) for tag in registry.tags()}
    shown = promote(pipeline, registry, "0.10.0", "--keep", "2", "--running", digests["0.10.0"])
    assert shown["prod-v0.1.0"] == ("failed", "this registry does not support deletion")
    assert {tag: registry.digest(tag) for tag in registry.tags()} == before


def test_a_promotion_stands_when_old_tags_cannot_be_looked_at(
    registry, pipeline, make_image, monkeypatch
) -> None:
    pipeline(registry, "image", "publish", make_image(b"layer"))

    def fail(self: protocol.Registry) -> tuple[str, ...]:
        raise RegistryError("away", "wait")

    monkeypatch.setattr(protocol.Registry, "tags", fail)
    shown = promote(pipeline, registry, "1.0.0", "--running", registry.digest("uat-latest"))
    assert shown == {"prod-v…": ("failed", "nothing removed: away")}
    assert registry.digest("prod-v1.0.0") == registry.digest("uat-latest")


class DockerHub:
    """Docker Hub's interface, as far as tags go; it deletes from a registry's disk."""

    def __init__(self, registry, status: int = 204) -> None:
        self.registry, self.status = registry, status

    def __call__(self, method, path, headers, body):
        if path == "/v2/auth/token":
            user = json.loads(body)
            good = user == {"identifier": "tester", "secret": self.registry.token}
            return (200, {}, b'{"access_token": "pass"}') if good else (401, {}, b"")
        prefix = "/v2/namespaces/team/repositories/app/tags/"
        if method != "DELETE" or headers.get("Authorization") != "Bearer pass":
            return 403, {}, b""
        assert path.startswith(prefix)
        if self.status == 204:
            tags = (
                self.registry.storage / "docker/registry/v2/repositories/team/app/_manifests/tags"
            )
            (tags / path.removeprefix(prefix) / "current/link").unlink()
        return self.status, {}, b""


def on_docker_hub(registry, monkeypatch):
    """The options that reach the registry under the name docker.io."""
    monkeypatch.setitem(protocol._HOSTS, "docker.io", registry.host)
    return ["docker.io" if option == registry.host else option for option in registry.options]


@pytest.mark.parametrize(("status", "left"), [(204, 1), (500, 3), (403, 3)])
def test_docker_hub_deletes_tags_by_its_own_interface(
    run_pipeline, source, registry, fill, stand_in, monkeypatch, status, left
) -> None:
    digests = fill(registry)
    server = stand_in(DockerHub(registry, status))
    options = on_docker_hub(registry, monkeypatch)
    code, text = run_pipeline(
        *("image", "promote", "0.10.0", "--allow-untested", "--keep", "1", "--format", "json"),
        *("--running", digests["0.10.0"], "--hub", f"http://{server.host}", "--source", source),
        *options,
    )
    assert code == 0  # the promotion stands; what could not be removed is said
    shown = json.loads(text)
    assert shown["images"][0]["reference"] == "docker.io/team/app:prod-v0.10.0"
    outcome = "removed" if status == 204 else "failed"
    assert [one["outcome"] for one in shown["retention"]] == ["kept", *[outcome] * 2]
    assert (f"answered {status}" in text) is (status != 204)
    assert len(prod(registry)) == left
    assert sum(method == "POST" for method, *_ in server.asked) == 1  # one login for all
    assert registry.token not in text
    for version, digest in digests.items():
        assert registry.digest(f"uat-v{version}") == digest


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, {}, b""), "cannot log in in team/app: it answered 401"),
        ((200, {}, b"<html>"), "its answer has no token"),
        ((200, {}, b"[]"), "its answer has no token"),
        ((302, {"Location": "http://127.0.0.1:9/"}, b""), "it answered 302"),
    ],
)
def test_docker_hub_refuses_or_answers_nonsense(stand_in, answer, words) -> None:
    server = stand_in(lambda *asked: answer)
    hub = Hub(Repository("docker.io", "team/app"), Credentials("me", "t"), f"http://{server.host}")
    with pytest.raises(RegistryError, match=words):
        hub.delete_tag("prod-v1.0.0")


def test_docker_hub_is_away(stand_in) -> None:
    hub = Hub(Repository("docker.io", "team/app"), Credentials("me", "t"), "http://127.0.0.1:9")
    with pytest.raises(RegistryError, match="it did not answer"):
        hub.delete_tag("prod-v1.0.0")
