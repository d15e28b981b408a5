"""Names of images: what is one, what is none, and how versions sort."""

from __future__ import annotations

import random

import pytest

from pipeline.errors import InputError
from pipeline.images import names
from pipeline.images.names import Repository, check_digest, check_version, parse, version_key

HERE = Repository("docker.io", "resultrum/odoo-mta")
DIGEST = "sha256:" + "a1" * 32


@pytest.mark.parametrize(
    ("text", "where", "tag", "digest"),
    [
        ("uat-v1.2.3", "docker.io/resultrum/odoo-mta", "uat-v1.2.3", None),
        (DIGEST, "docker.io/resultrum/odoo-mta", None, DIGEST),
        (f"uat-latest@{DIGEST}", "docker.io/resultrum/odoo-mta", "uat-latest", DIGEST),
        (f"@{DIGEST}", "docker.io/resultrum/odoo-mta", None, DIGEST),
        ("other/app:1", "docker.io/other/app", "1", None),
        ("docker.io/other/app:1", "docker.io/other/app", "1", None),
        ("localhost/app:1", "localhost/app", "1", None),
        ("10.0.0.1:5000/a/b/c:x", "10.0.0.1:5000/a/b/c", "x", None),
        (f"10.0.0.1:5000/app@{DIGEST}", "10.0.0.1:5000/app", None, DIGEST),
        (f"[::1]:5000/app:t@{DIGEST}", "[::1]:5000/app", "t", DIGEST),
    ],
)
def test_references_are_read(text, where, tag, digest) -> None:
    reference = parse(text, HERE)
    assert (str(reference.repository), reference.tag, reference.digest) == (where, tag, digest)


def test_a_reference_is_shown_as_it_is_written() -> None:
    text = f"10.0.0.1:5000/app:t@{DIGEST}"
    assert str(parse(text, HERE)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-tag", ".tag", "a b", "tag\n", "é", "a" * 129, "@", "tag@", "tag@sha256:12"),
        *("sha256:12", f"{DIGEST}@{DIGEST}", "/app:1", "app/:1", "UPPER/app:1", "a/b", "a//b:1"),
        *("host:port/app:1", "http://host/app:1", "../app:1", "a/b:$(id)", "a/b:-rm", "a/b:t;x"),
        *("host:5000/app", f"a/b:t@{DIGEST[:-1]}", f"a/b:t@{DIGEST.upper()}", f"a/b:@{DIGEST}x"),
    ],
)
def test_what_is_no_reference_is_named(text) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, HERE)
    assert caught.value.fix


@pytest.mark.parametrize("name", ["", "a/" * 200 + "a", "A", "a_-b", "a/", "-a", "a b", "a:b"])
def test_what_is_no_repository(name) -> None:
    with pytest.raises(InputError, match="not the name of a repository"):
        Repository("docker.io", name)


@pytest.mark.parametrize("host", ["", "https://docker.io", "a b", "host:", "host:x", "-h", "h/x"])
def test_what_is_no_registry(host) -> None:
    with pytest.raises(InputError, match="not the name of a registry"):
        Repository(host, "app")


@pytest.mark.parametrize("text", ["1.2", "v1.2.3", "19.0.1.0.0", "0.1.0-rc.1", "1.0-2", "1.0-a-b"])
def test_versions(text) -> None:
    assert check_version(text) == text.removeprefix("v")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "v",
            "1",
            "1.",
            ".1",
            "1.2.3.4.5.6",
            "vv1.2",
            "1.2-dirty",
            "1.2-rc.1-dirty",
            "latest",
        ),
        *("1.2+3", "1.2 ", "1.2\n", "1.2/3", "1.2-", "1.2-RC", "1.2-.", "1.2-" + "a" * 70, "١.٢"),
    ],
)
def test_what_is_no_version(text) -> None:
    with pytest.raises(InputError, match="is not a version"):
        check_version(text)


def test_versions_sort_by_their_numbers() -> None:
    ordered = ["0.9", "1.0-alpha", "1.0-rc.2", "1.0-rc.10", "1.0", "1.0.1", "1.2", "1.10", "10.0"]
    shuffled = random.Random(7).sample(ordered, len(ordered))
    assert sorted(shuffled, key=version_key) == ordered


def test_a_digest_is_64_lower_case_hexadecimal_digits() -> None:
    assert check_digest(DIGEST) == DIGEST
    for text in (DIGEST[:-1], DIGEST + "0", DIGEST.replace("a", "g"), "sha512:" + "a" * 128):
        with pytest.raises(InputError, match="is not a digest"):
            check_digest(text)


def test_references_of_a_repository() -> None:
    assert HERE.tagged("uat-latest") == "docker.io/resultrum/odoo-mta:uat-latest"
    assert HERE.pinned(DIGEST) == f"docker.io/resultrum/odoo-mta@{DIGEST}"
    assert names.names_repository("a/b:c") and not names.names_repository("uat-latest")
