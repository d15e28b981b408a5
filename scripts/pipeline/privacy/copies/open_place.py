"""The address of a place with copies, and what it opens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.core.errors import InputError
from pipeline.privacy.copies.place_files import LocalFiles
from pipeline.privacy.copies.places import CopiesPlace
from pipeline.remote.ssh import connect_ssh
from pipeline.remote.target import COPIES, SshTarget, ssh_target

_SCHEME = "sftp"


@contextmanager
def open_place(
    address: str, project: str, key: Path | None = None, known_hosts: Path | None = None
) -> Iterator[CopiesPlace]:
    """The place with this address, for the block.

    Args:
        address: a folder, or ``sftp://user@host[:port]/path``.
        project: name of the project.
        key: file with the private SSH key, for SFTP.
        known_hosts: file with the lines that pin the server's key, for SFTP.

    Raises:
        InputError: it is not an address of a place, or the key is missing.
        SshError: the server cannot be reached, shows another key, or refuses the login or SFTP.
    """
    if "://" not in address:
        yield CopiesPlace(LocalFiles(), address.rstrip("/") or "/", project, address)
        return
    target, path = parse_place(address, key, known_hosts)
    with connect_ssh(target) as connection, connection.files() as store:
        yield CopiesPlace(store, path, project, address)


def parse_place(address: str, key: Path | None, known_hosts: Path | None) -> tuple[SshTarget, str]:
    """The server and the folder of ``sftp://user@host[:port]/path``. Raises InputError."""
    try:
        parts = urlsplit(address)
        port = parts.port or 22
    except ValueError:
        parts, port = urlsplit(""), 0
    extra = parts.query or parts.fragment or parts.password is not None
    if parts.scheme != _SCHEME or extra or not parts.path.strip("/") or "/../" in parts.path + "/":
        shown = address if "@" not in address else f"{address.partition(':')[0]}://…@…"
        raise InputError(
            f"{shown} is not the address of a place of copies",
            "give a folder, or sftp://user@host/path, without a password in it",
        )
    host, user = parts.hostname or "", parts.username or ""
    return ssh_target(COPIES, host, user, key, known_hosts, port), parts.path.rstrip("/")
