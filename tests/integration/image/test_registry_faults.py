"""Registries that fail, lie or die: one clear error, and nothing half-published without a word."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import socket
import threading

import pytest

from pipeline.core.errors import CheckFailed, RegistryError
from pipeline.core.references import Repository
from pipeline.image import publish
from pipeline.image.registry.repository import Credentials, ImageManifest, Registry, RegistryAccess

LARGE = random.Random(1).randbytes(8 * 1024 * 1024)


class Breaking:
    """A wire to a registry that breaks, for good, once so many bytes went through."""

    def __init__(self, port: int, limit: int, then=lambda: None) -> None:
        self.sent, self._limit, self._port, self._then = 0, limit, port, then
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                here, _ = self._listener.accept()
                there = socket.create_connection(("127.0.0.1", self._port))
                for pair, counted in (((here, there), True), ((there, here), False)):
                    threading.Thread(target=self._pump, args=(*pair, counted), daemon=True).start()
        except OSError:
            self._listener.close()

    def _pump(self, giver: socket.socket, taker: socket.socket, counted: bool) -> None:
        try:
            while data := giver.recv(65536):
                self.sent += len(data) * counted
                if self.sent > self._limit:
                    self._listener.shutdown(socket.SHUT_RDWR)
                    self._then()
                    break
                taker.sendall(data)
        except OSError:
            pass
        giver.close()
        taker.close()


@pytest.fixture
def push(run_pipeline, source):
    """Publish an image: exit code and output."""

    def run(image, options):
        return run_pipeline("image", "publish", image, "--source", source, *options)

    return run


def test_a_registry_that_is_killed_in_the_middle_of_a_push(push, registry, make_image) -> None:
    image = make_image(b"small", LARGE)
    wire = Breaking(registry.port, len(LARGE) // 2, registry.kill)
    options = [
        option.replace(registry.host, f"127.0.0.1:{wire.port}") for option in registry.options
    ]
    code, text = push(image, options)
    assert code == 6 and "the registry did not answer, or the connection broke" in text
    assert wire.sent > len(LARGE) // 2  # it was in the middle
    assert registry.tags() == []
    registry.start()
    assert push(image, registry.options)[0] == 0
    assert len(registry.tags()) == 4


@pytest.mark.parametrize("limit", [3_000, 12_000, 20_000, 28_000])
def test_a_wire_that_breaks_anywhere_leaves_no_tag_or_says_which(
    push, registry, make_image, limit
) -> None:
    wire = Breaking(registry.port, limit)
    options = [
        option.replace(registry.host, f"127.0.0.1:{wire.port}") for option in registry.options
    ]
    code, text = push(make_image(b"layer"), options)
    moved = [tag for tag in registry.tags() if tag.startswith("uat-")]
    if code == 0:
        assert len(moved) == 3
        return
    assert code == 6 and "or the connection broke" in text
    assert all(tag in text for tag in moved)


def test_a_full_disk(push, make_registry, small_disk, make_image) -> None:
    """A small disk where one may be mounted, else a limit on the size of files."""
    disk = small_disk(len(LARGE) // 2)
    registry = make_registry(storage=disk, limit=None if disk else len(LARGE) // 2)
    code, text = push(make_image(b"small", LARGE), registry.options)
    assert (
        code == 6 and "it answered 500" in text and "check the registry's log and its disk" in text
    )
    assert registry.tags() == []
    for begun in registry.storage.glob("**/_uploads"):  # what its operator does about it
        shutil.rmtree(begun)
    assert push(make_image(b"small"), registry.options)[0] == 0


def error(code: str) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": "so it is"}]}).encode()


JSON = {"Content-Type": "application/json"}
ANSWERS = {
    "401": ((401, {"WWW-Authenticate": 'Basic realm="x"'}, error("UNAUTHORIZED")), "plain HTTP"),
    "401 without a challenge": ((401, {}, b""), "plain HTTP"),
    "403": ((403, JSON, error("DENIED")), "refuses anonymous access (403)"),
    "404 of a registry": ((404, JSON, error("MANIFEST_UNKNOWN")), "there is no 127"),
    "404 of another server": (
        (404, {}, b"<html>nothing here</html>"),
        "no registry at this address",
    ),
    "429": ((429, {"Retry-After": "7200"}, error("TOOMANYREQUESTS")), "too many requests (429)"),
    "500": ((500, JSON, error("UNKNOWN")), "it answered 500: so it is"),
    "502 of a proxy": ((502, {}, b"<html>bad gateway</html>"), "it answered 502"),
    "a web page": (
        (200, {"Content-Type": "text/html"}, b"<html>"),
        "its answer is not that of a registry",
    ),
    "a list": ((200, JSON, b"[]"), "its answer is not that of a registry"),
    "nothing": ((200, JSON, b""), "its answer is not that of a registry"),
    "bytes": ((200, JSON, b"\xff\xfe\x00"), "its answer is not that of a registry"),
    "another digest": (
        (200, {**JSON, "Docker-Content-Digest": "sha256:" + "0" * 64}, b"{}"),
        "its answer is not that of a registry",
    ),
    "a redirect in a loop": (
        (302, {"Location": "/v2/"}, b""),
        "its answer is not that of a registry",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_bad_answer_is_one_clear_error(run_pipeline, source, stand_in, name) -> None:
    answer, words = ANSWERS[name]
    server = stand_in(lambda *asked: answer)
    options = ["--registry", server.host, "--repository", "team/app", "--insecure"]
    for command in (("image", "resolve", "uat-latest"), ("image", "promote", "1.0.0")):
        code, text = run_pipeline(*command, "--source", source, *options)
        assert code == 6, text
        assert words in text.replace("\n", " ")
        assert "what to do: " in text and "Traceback" not in text
    assert all(method in ("GET", "HEAD") for method, *_ in server.asked)


def test_what_a_registry_answers_before_publishing(run_pipeline, source, stand_in) -> None:
    """Before an image is built for long; a repository that is not there yet is no hindrance."""
    for name, good in (("404 of a registry", True), ("500", False), ("a web page", False)):
        answer, words = ANSWERS[name]
        server = stand_in(lambda *asked, answer=answer: answer)
        options = ["--registry", server.host, "--repository", "team/app", "--insecure"]
        code, text = run_pipeline("image", "publish", "--source", source, *options)
        assert (code, text) == (0, "") if good else words in text


def test_what_passes_is_tried_again(stand_in) -> None:
    answers = itertools.chain(
        [(503, {}, b""), (429, {"Retry-After": "0"}, b""), (500, {}, b"")],
        itertools.repeat((200, JSON, b'{"mediaType": "x"}')),
    )
    server = stand_in(lambda *asked: next(answers))
    registry = Registry(Repository(server.host, "team/app"), RegistryAccess(insecure=True))
    assert registry.require("uat-latest").text == '{"mediaType": "x"}'
    assert len(server.asked) == 4


def test_a_registry_that_asks_for_a_long_pause_is_not_pestered(stand_in) -> None:
    server = stand_in(lambda *asked: (429, {"Retry-After": "3600"}, b""))
    registry = Registry(Repository(server.host, "team/app"), RegistryAccess(insecure=True))
    with pytest.raises(RegistryError, match="too many requests"):
        registry.tags()
    assert len(server.asked) == 1


def test_credentials_never_travel_over_plain_http(stand_in) -> None:
    server = stand_in(lambda *asked: (401, {"WWW-Authenticate": 'Basic realm="x"'}, b""))
    access = RegistryAccess(Credentials("me", "the-token"), insecure=True)
    registry = Registry(Repository(server.host, "team/app"), access)
    with pytest.raises(RegistryError, match="plain HTTP would expose the token") as caught:
        registry.tags()
    assert all("Authorization" not in headers for _, _, headers, _ in server.asked)
    assert "the-token" not in f"{caught.value} {access} {registry.access!r}"


def test_tls_is_not_optional(registry) -> None:
    for host in (registry.host, registry.host.replace("127.0.0.1", "localhost")):
        with pytest.raises(RegistryError, match="its certificate is not trusted"):
            Registry(Repository(host, "team/app"), RegistryAccess()).tags()


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(RegistryError, match="did not answer"):
            Registry(Repository(host, "team/app"), RegistryAccess()).tags()


@pytest.fixture
def client(registry) -> Registry:
    access = RegistryAccess(Credentials("tester", registry.token), authorities=registry.certificate)
    return Registry(Repository(registry.host, "team/app"), access)


def published(client, push, make_image, registry, *layers) -> ImageManifest:
    assert push(make_image(*layers), registry.options)[0] == 0
    return client.require("uat-latest")


def test_a_tag_that_somebody_moves_at_the_same_moment(
    client, push, make_image, registry, monkeypatch
) -> None:
    first = published(client, push, make_image, registry, b"first")
    second = published(client, push, make_image, registry, b"second")
    write = client.put

    def put_and_lose(tag: str, manifest: ImageManifest) -> None:
        write(tag, manifest)
        if tag == "uat-b":
            write(tag, second)

    monkeypatch.setattr(client, "put", put_and_lose)
    with pytest.raises(CheckFailed) as caught:
        publish.move(client, first, ("uat-a", "uat-b", "uat-c"))
    assert f"uat-b moved: it names {second.digest}, expected was {first.digest}" in str(
        caught.value
    )
    assert "before that: uat-a; not certain: uat-b; not: uat-c" in str(caught.value)
    assert registry.digest("uat-a") == first.digest and "uat-c" not in registry.tags()


def test_a_promotion_takes_the_bytes_it_looked_at(
    client, push, make_image, registry, monkeypatch
) -> None:
    """Between the look at uat-v1.0.0 and the tag of PROD somebody pushes another uat-v1.0.0."""
    first = published(client, push, make_image, registry, b"first")
    look = client.manifest

    def look_and_lose(name: str) -> ImageManifest | None:
        if name == "prod-v1.0.0" and "uat-other" not in registry.tags():
            other = published(client, push, make_image, registry, b"other")
            client.put("uat-other", other)
        return look(name)

    monkeypatch.setattr(client, "manifest", look_and_lose)
    promoted = publish.promote(client, "1.0.0", untested=True)
    assert promoted.digest == registry.digest("prod-v1.0.0") == first.digest
    assert registry.digest("uat-v1.0.0") != first.digest


def test_a_document_larger_than_it_may_be(client) -> None:
    digest = client.upload_bytes(os.urandom(2000))
    with pytest.raises(RegistryError, match="larger than 1999 bytes"):
        client.download(digest, 1999)
    assert len(client.download(digest, 2000)) == 2000


def test_a_document_whose_bytes_rotted(client, registry) -> None:
    digest = client.upload_bytes(b"the document")
    hexadecimal = digest.removeprefix("sha256:")
    blob = (
        registry.storage / f"docker/registry/v2/blobs/sha256/{hexadecimal[:2]}/{hexadecimal}/data"
    )
    blob.write_bytes(b"The document")
    with pytest.raises(RegistryError, match="its answer is not that of a registry"):
        client.download(digest, 100)
