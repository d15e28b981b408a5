"""Names of images: what is one, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core import references
from pipeline.core.errors import InputError
from pipeline.core.references import (
    Repository,
    check_digest,
    check_pinned,
    digest_in,
    parse_image,
    parse_reference,
)

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
        ("odoo:19.0", "docker.io/library/odoo", "19.0", None),
        (f"odoo:19.0@{DIGEST}", "docker.io/library/odoo", "19.0", DIGEST),
        ("docker.io/odoo:UPPER_Case", "docker.io/library/odoo", "UPPER_Case", None),
        ("docker.io/library/odoo:19.0", "docker.io/library/odoo", "19.0", None),
        ("index.docker.io/odoo:19.0", "docker.io/library/odoo", "19.0", None),
        ("localhost:5000/x:1", "localhost:5000/x", "1", None),
    ],
)
def test_references_are_read(text, where, tag, digest) -> None:
    reference = parse_reference(text, HERE)
    assert (str(reference.repository), reference.tag, reference.digest) == (where, tag, digest)


def test_a_reference_is_shown_as_it_is_written() -> None:
    text = f"10.0.0.1:5000/app:t@{DIGEST}"
    assert str(parse_reference(text, HERE)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-tag", ".tag", "a b", "tag\n", "é", "a" * 129, "@", "tag@", "tag@sha256:12"),
        *("sha256:12", f"{DIGEST}@{DIGEST}", "/app:1", "app/:1", "UPPER/app:1", "a/b", "a//b:1"),
        *("host:port/app:1", "http://host/app:1", "../app:1", "a/b:$(id)", "a/b:-rm", "a/b:t;x"),
        *(
            "odoo:",
            "docker.io/:1",
            "a/b:",
            "a..b/c:1",
            "Upper:1",
            "sha256:12@",
            "host:5000/app",
            f"a/b:t@{DIGEST[:-1]}",
            f"a/b:t@{DIGEST.upper()}",
            f"a/b:@{DIGEST}x",
        ),
    ],
)
def test_what_is_no_reference_is_named(text) -> None:
    with pytest.raises(InputError) as caught:
        parse_reference(text, HERE)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("text", "repository", "rest"),
    [  # the examples of github.com/distribution/reference
        *(
            (f"{name}", f"docker.io/library/{name}", "")
            for name in ("debian", "192.168.0.1", "foo")
        ),
        ("192.168.0.1:80", "docker.io/library/192.168.0.1", ":80"),
        ("test_com", "docker.io/library/test_com", ""),
        ("test.com:tag", "docker.io/library/test.com", ":tag"),
        ("lowercase:Uppercase", "docker.io/library/lowercase", ":Uppercase"),
        ("foo_bar.com:8080", "docker.io/library/foo_bar.com", ":8080"),
        ("foo/foo_bar.com:8080", "docker.io/foo/foo_bar.com", ":8080"),
        ("test_com/foo", "docker.io/test_com/foo", ""),
        ("docker/docker", "docker.io/docker/docker", ""),
        ("docker---rules/dock__er", "docker.io/docker---rules/dock__er", ""),
        ("index.docker.io/library/debian", "docker.io/library/debian", ""),
        ("library/foo/bar", "docker.io/library/foo/bar", ""),
        ("docker.io/" + "1a3f5e7d" * 8, "docker.io/library/" + "1a3f5e7d" * 8, ""),
        ("test.com/repo:tag", "test.com/repo", ":tag"),
        ("test:5000/repo", "test:5000/repo", ""),
        (f"test:5000/repo:tag@{DIGEST}", "test:5000/repo", f":tag@{DIGEST}"),
        ("xn--n3h.com/myimage:xn--n3h.com", "xn--n3h.com/myimage", ":xn--n3h.com"),
        ("sub-dom1.foo.com/bar/baz/quux", "sub-dom1.foo.com/bar/baz/quux", ""),
        ("192.168.1.1:5000/repo:5050", "192.168.1.1:5000/repo", ":5050"),
        ("[2001:db8::1]/repo", "[2001:db8::1]/repo", ""),
        ("[fc00:1:2:3:4:5:6:7]:5000/library/debian",) * 2 + ("",),
        ("a/" * 127 + "a:tag", "docker.io/" + "a/" * 127 + "a", ":tag"),
    ],
)
def test_images_are_read_as_docker_reads_them(text, repository, rest) -> None:
    image = parse_image(text)
    assert (str(image.repository), str(image)) == (repository, repository + rest)


@pytest.mark.parametrize(
    "text",
    [  # of the same, and ours: an upper-case word and another digest than SHA-256
        *("", ":justtag", f"@{DIGEST}", "repo@sha256:" + "f" * 34, "name@sha512:" + "f" * 128),
        *("Uppercase:tag", "test:5000/Uppercase/lowercase:tag", "Docker/docker", "docker/Docker"),
        *("a/" * 128 + "a:tag", "aa/asdf$$^/aa", "https://github.com/docker/docker", "-docker"),
        *("-docker/docker", "docker-/docker", "-docker.io/docker/docker", "docker///docker"),
        *("____/____", "dock..er/docker", "dock_.er/docker", "dock-.er/docker", "docker/"),
        *("[2001:db8::1]", "[fc00::1]:5000", "fc00::1:5000/debian", "[fe80::1%eth0]:5000/repo"),
        *("[2001:db8:3:4::192.0.2.33]:5000/debian", "docker.io/docker///docker"),
    ],
)
def test_what_docker_does_not_read_is_named(text) -> None:
    with pytest.raises(InputError):
        parse_image(text)


@given(st.text(alphabet=st.sampled_from("aA0._-:/@[]é\n\0 sha256"), max_size=40) | st.text())
def test_whatever_is_given_is_a_reference_or_one_clear_error(text: str) -> None:
    for default in (HERE, None):
        try:
            reference = parse_reference(text, default)
        except InputError as error:
            assert error.fix
        else:
            assert parse_reference(str(reference), None) == reference


@pytest.mark.parametrize("name", ["", "a/" * 200 + "a", "A", "a_-b", "a/", "-a", "a b", "a:b"])
def test_what_is_no_repository(name) -> None:
    with pytest.raises(InputError, match="not the name of a repository"):
        Repository("docker.io", name)


@pytest.mark.parametrize("host", ["", "https://docker.io", "a b", "host:", "host:x", "-h", "h/x"])
def test_what_is_no_registry(host) -> None:
    with pytest.raises(InputError, match="not the name of a registry"):
        Repository(host, "app")


def test_a_digest_is_64_lower_case_hexadecimal_digits() -> None:
    assert check_digest(DIGEST) == DIGEST
    for text in (DIGEST[:-1], DIGEST + "0", DIGEST.replace("a", "g"), "sha512:" + "a" * 128):
        with pytest.raises(InputError, match="is not a digest"):
            check_digest(text)


@pytest.mark.parametrize("text", [f"odoo@{DIGEST}", f"a.example:5000/x/y:tag@{DIGEST}"])
def test_an_image_that_is_named_by_its_digest(text) -> None:
    assert check_pinned(text) == text
    assert digest_in(text) == DIGEST


@pytest.mark.parametrize(
    "text", ["", "odoo", "odoo:19.0", DIGEST, f"$(x)@{DIGEST}", f"-o@{DIGEST}"]
)
def test_an_image_that_is_not(text) -> None:
    with pytest.raises(InputError, match="is not an image reference with a digest"):
        check_pinned(text)


def test_references_of_a_repository() -> None:
    assert HERE.tagged("uat-latest") == "docker.io/resultrum/odoo-mta:uat-latest"
    assert HERE.pinned(DIGEST) == f"docker.io/resultrum/odoo-mta@{DIGEST}"
    for text in ("a/b:c", "odoo:19.0"):
        assert references.names_repository(text)
    for text in ("uat-latest", DIGEST, f"uat-latest@{DIGEST}"):
        assert not references.names_repository(text)
