"""Lines of a known_hosts file, as OpenSSH reads them (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from dataclasses import dataclass
from fnmatch import fnmatchcase

REVOKED, AUTHORITY = "@revoked", "@cert-authority"
_HASHED = "|1|"


@dataclass(frozen=True)
class HostKey:
    """A line with a key.

    Attributes:
        marker: ``@revoked``, ``@cert-authority`` or empty.
        names: the key's hosts: names, patterns, or one hashed name.
        kind: type of the key, such as ``ssh-ed25519``.
        key: the key in wire format.
    """

    marker: str
    names: tuple[str, ...]
    kind: str
    key: bytes

    def fits(self, name: str) -> bool:
        """Whether it applies to a host: ``name`` or ``[name]:port``, in lower case."""
        if self.names[0].startswith(_HASHED):
            return any(_is_hash_of(name, hashed) for hashed in self.names)
        patterns = [pattern.lower() for pattern in self.names]
        if any(_matches(name, pattern[1:]) for pattern in patterns if pattern.startswith("!")):
            return False
        return any(_matches(name, pattern) for pattern in patterns)


@dataclass(frozen=True)
class KnownHosts:
    """All lines with a key."""

    entries: tuple[HostKey, ...]

    def lookup(self, name: str, marker: str = "") -> tuple[HostKey, ...]:
        """The lines for a host, ``name`` or ``[name]:port``, which may have several keys."""
        wanted = name.lower()
        return tuple(one for one in self.entries if one.marker == marker and one.fits(wanted))


def parse(text: str) -> KnownHosts:
    """Read known_hosts lines; empty ones and comments are left out.

    Raises:
        ValueError: a line has no key; the message is the line's number.
    """
    found = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        fields = line.split()
        if not fields or fields[0].startswith("#"):
            continue
        try:
            found.append(_entry(fields))
        except (ValueError, struct.error) as error:
            raise ValueError(number) from error
    return KnownHosts(tuple(found))


def _entry(fields: list[str]) -> HostKey:
    marker = fields.pop(0) if fields[0].startswith("@") else ""
    names, kind, encoded = fields[:3]
    key = _decoded(encoded)
    size = struct.unpack(">I", key[:4])[0]
    patterns = tuple(filter(None, names.split(",")))
    hashed = [name for name in patterns if name.startswith(_HASHED)]
    if not patterns or marker not in ("", REVOKED, AUTHORITY):
        raise ValueError("it names no host")
    if key[4 : 4 + size].decode("ascii") != kind or not kind:
        raise ValueError("the key is of another type")
    if len(hashed) not in (0, len(patterns)):
        raise ValueError("plain names next to hashed ones")
    for name in hashed:
        _, _, salt, digest = name.split("|")
        if len(_decoded(salt)) != 20 or len(_decoded(digest)) != 20:
            raise ValueError("it is not a hashed name")
    return HostKey(marker, patterns, kind, key)


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _is_hash_of(name: str, hashed: str) -> bool:
    _, _, salt, digest = hashed.split("|")
    made = hmac.new(_decoded(salt), name.encode(), hashlib.sha1).digest()
    return hmac.compare_digest(made, _decoded(digest))


def _matches(name: str, pattern: str) -> bool:
    # Of the shell's patterns known_hosts has `*` and `?` alone: `[` begins a host with a port.
    return fnmatchcase(name, pattern.replace("[", "[[]"))
