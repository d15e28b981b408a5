"""References of images: registry, repository, tag, digest. Checked here before any use.

They follow the grammar of github.com/distribution/reference, as in Docker. Stricter here: SHA-256
is the only digest, and an upper-case first component is a mistake, not a host.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass

from pipeline.core.errors import InputError

DOCKER_HUB = "docker.io"
_LEGACY_HUB = "index.docker.io"
#: Docker Hub's own images: `odoo` is short for `library/odoo`.
_OFFICIAL = "library/"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_PORT = ":[0-9]{1,5}"
_IPV6 = r"\[[0-9A-Fa-f:]+\]"
HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|{_IPV6})(?:{_PORT})?"
_WORD = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
NAME = rf"{_WORD}(?:/{_WORD})*"
LONGEST_NAME = 255
_TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = "sha256:[0-9a-f]{64}"
#: A first component is a registry only when it looks like a host: it has a dot or a port, or is
#: `localhost`.
_SURELY_HOST = (
    rf"(?:{_LABEL}(?:\.{_LABEL})+(?:{_PORT})?|(?:{_LABEL}|{_IPV6}){_PORT}|{_IPV6}|localhost)"
)
#: The grammar of :func:`parse_image`, except for the length of names.
IMAGE = rf"(?:{_SURELY_HOST}/)?{NAME}(?::{_TAG})?(?:@{_DIGEST})?"


@dataclass(frozen=True)
class Repository:
    """Where images are kept.

    Attributes:
        registry: host of the registry, with its port if it has one; ``docker.io`` for Docker Hub.
        name: repository in it, such as ``resultrum/odoo-mta``; on Docker Hub, a short name stands
            for an official image: ``library/odoo``.
    """

    registry: str
    name: str

    def __post_init__(self) -> None:
        if self.registry == _LEGACY_HUB:
            object.__setattr__(self, "registry", DOCKER_HUB)
        if not re.fullmatch(HOST, self.registry):
            raise InputError(
                f"{self.registry!r} is not the name of a registry",
                "give a host, such as docker.io or registry.example.org:5000, without http://",
            )
        if not re.fullmatch(NAME, self.name) or len(self.name) > LONGEST_NAME:
            raise InputError(
                f"{self.name!r} is not the name of a repository",
                "give lower-case words separated by `/`, such as resultrum/odoo-mta",
            )
        if self.registry == DOCKER_HUB and "/" not in self.name:
            object.__setattr__(self, "name", _OFFICIAL + self.name)

    def __str__(self) -> str:
        return f"{self.registry}/{self.name}"

    def tagged(self, tag: str) -> str:
        """The reference of a tag in this repository."""
        return f"{self}:{tag}"

    def pinned(self, digest: str) -> str:
        """The reference of a digest in this repository."""
        return f"{self}@{digest}"


@dataclass(frozen=True)
class Reference:
    """One image: a tag, a digest, or a tag with the digest it is expected to have."""

    repository: Repository
    tag: str | None
    digest: str | None

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"


def check_pinned(text: str) -> str:
    """The image, when the reference has a digest. Raises InputError."""
    with contextlib.suppress(InputError):
        if parse_image(text).digest is not None:
            return text
    raise InputError(
        f"{text!r} is not an image reference with a digest", "give repository@sha256:… (64 digits)"
    )


def digest_in(reference: str) -> str:
    """The digest in a reference; empty when it has none."""
    return reference.partition("@")[2]


def names_repository(text: str) -> bool:
    """Whether a reference includes a repository: a bare tag or digest does not."""
    body = text.partition("@")[0]
    return "/" in body or (":" in body and not body.startswith("sha256:"))


def parse_reference(text: str, default: Repository | None) -> Reference:
    """Read a reference.

    Args:
        text: ``uat-v1.2.3``, ``sha256:…``, ``registry/repository:tag``, with ``@sha256:…`` or not.
        default: where to look for a bare tag or digest; None: bare ones are not accepted, and a
            name without a registry is on Docker Hub.

    Raises:
        InputError: the text is not a reference.
    """
    if default is not None and not names_repository(text):
        return _bare(text, default)
    reference = parse_image(text)
    if reference.tag is None and reference.digest is None:
        raise InputError(f"{text!r} has neither a tag nor a digest", "add `:tag` or `@sha256:…`")
    return reference


def parse_image(text: str) -> Reference:
    """Parse an image as Docker does: the tag may be missing. Raises InputError."""
    body, at, digest = text.partition("@")
    path, colon, tag = body.rpartition(":")
    if not colon or "/" in tag:  # the colon belonged to a port
        path, colon, tag = body, "", ""
    registry, slash, name = path.partition("/")
    if not slash or not ("." in registry or ":" in registry or registry == "localhost"):
        registry, name = DOCKER_HUB, path
    repository = Repository(registry, name)
    return Reference(
        repository, check_tag(tag) if colon else None, check_digest(digest) if at else None
    )


def _bare(text: str, default: Repository) -> Reference:
    body, at, digest = text.partition("@")
    if not at and re.fullmatch(_DIGEST, body):
        body, at, digest = "", "@", body
    tag = check_tag(body) if body or not at else None
    return Reference(default, tag, check_digest(digest) if at else None)


def check_tag(tag: str) -> str:
    """The tag itself. Raises InputError when it is not a valid tag."""
    if not re.fullmatch(_TAG, tag):
        raise InputError(
            f"{tag!r} is not a tag", "give letters, digits, `_`, `.` and `-`, at most 128 of them"
        )
    return tag


def check_digest(digest: str) -> str:
    """The digest itself. Raises InputError when it is not a valid digest."""
    if not re.fullmatch(_DIGEST, digest):
        raise InputError(f"{digest!r} is not a digest", "give `sha256:` and 64 hexadecimal digits")
    return digest
