"""The VM to connect to: validated before anything is sent, because these names are untrusted."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import InputError

#: In place of an environment: the server that has copies for laptops.
COPIES = "copies"
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\Z")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,31}\Z")


@dataclass(frozen=True)
class SshTarget:
    """A VM, and how to log in.

    Attributes:
        environment: ``uat`` or ``prod``; ``copies``: no VM, but where copies for laptops are.
        host: name or address.
        user: who logs in.
        key: file with the private SSH key.
        known_hosts: known_hosts lines that pin the host's key; empty: no key is pinned yet.
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
        """The host in the form of known_hosts files."""
        return self.host if self.port == 22 else f"[{self.host}]:{self.port}"

    @property
    def secret(self) -> str:
        """The prefix of this environment's secrets."""
        return prefix_of(self.environment)

    @property
    def address(self) -> str:
        """What says where it is: the name of a secret, or words."""
        return "the place's address" if self.environment == COPIES else f"{self.secret}_HOST"


def prefix_of(environment: str) -> str:
    """The prefix of the names of an environment's secrets."""
    return "COPIES" if environment == COPIES else f"{environment.upper()}_VM"


def ssh_target(
    environment: str,
    host: str,
    user: str,
    key: Path | None,
    known_hosts: Path | None,
    port: int = 22,
    prefix: str = "",
) -> SshTarget:
    """Check all options and read the pinned keys.

    An empty value or an empty file counts as absent, because that is how an unset secret of Actions
    arrives.

    Args:
        environment: ``uat``, ``prod`` or ``copies``.
        host: name or address.
        user: who logs in.
        key: file with the private SSH key.
        known_hosts: file with the lines that pin the host's key.
        port: of the SSH server.
        prefix: prefix of the options' names, such as ``prod-``, for the errors.

    Raises:
        InputError: something is missing (everything missing is listed), or a name is invalid.
    """
    secret, option = prefix_of(environment), f"--{prefix}"
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
