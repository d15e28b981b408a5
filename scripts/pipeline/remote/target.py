"""Whom to talk with: validated before any byte is sent, for these names come from outside."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import InputError

_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\Z")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,31}\Z")


@dataclass(frozen=True)
class SshTarget:
    """A VM, and how to get in.

    Attributes:
        environment: ``uat`` or ``prod``.
        host: name or address.
        user: who logs in.
        key: file with the private SSH key.
        known_hosts: known_hosts lines that pin the host's key; empty: nothing is pinned yet.
        port: of the SSH server.
    """

    environment: str
    host: str
    user: str
    key: Path
    known_hosts: str = ""
    port: int = 22

    @property
    def name(self) -> str:
        """The host as known_hosts files write it."""
        return self.host if self.port == 22 else f"[{self.host}]:{self.port}"

    @property
    def secret(self) -> str:
        """What the names of this environment's secrets begin with."""
        return f"{self.environment.upper()}_VM"


def ssh_target(
    environment: str,
    host: str,
    user: str,
    key: Path | None,
    known_hosts: Path | None,
    port: int = 22,
    prefix: str = "",
) -> SshTarget:
    """Check everything that is given and read the pinned keys.

    An empty value or an empty file counts as absent, for an unset secret of Actions arrives so.

    Args:
        environment: ``uat`` or ``prod``.
        host: name or address.
        user: who logs in.
        key: file with the private SSH key.
        known_hosts: file with the lines that pin the host's key.
        port: of the SSH server.
        prefix: what the names of the options begin with, such as ``prod-``, for the errors.

    Raises:
        InputError: something is missing (all of it is named), or a name is not one.
    """
    secret, option = f"{environment.upper()}_VM", f"--{prefix}"
    given = {
        f"{option}host (secret {secret}_HOST)": bool(host.strip()),
        f"{option}user (secret {secret}_USER)": bool(user.strip()),
        f"{option}ssh-key (secret {secret}_SSH_KEY)": bool(
            key and _text(key, f"{option}ssh-key").strip()
        ),
    }
    if missing := [name for name, there in given.items() if not there]:
        raise InputError(
            f"missing: {', '.join(missing)}",
            "pass them; on GitHub, set them as secrets (docs/secrets.md)",
        )
    assert key is not None
    _check(f"{option}host", host, _is_host(host), "a host name or an address")
    _check(f"{option}user", user, bool(_USER.match(user)), "letters, digits, `.`, `_` and `-`")
    _check(f"{option}port", str(port), 0 < port < 65536, "a number from 1 to 65535")
    pinned = _text(known_hosts, f"{option}known-hosts") if known_hosts else ""
    return SshTarget(environment, host, user, key, pinned, port)


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(_HOST.match(host)) and ".." not in host
    return True


def _check(option: str, value: str, good: bool, allowed: str) -> None:
    if not good:
        raise InputError(f"{option} {value[:80]!r} is not valid", f"use {allowed}")


def _text(path: Path, option: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise InputError(f"{option}: {path} cannot be read: {why}", "check the file") from error
