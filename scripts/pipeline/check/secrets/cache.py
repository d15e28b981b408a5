"""Contents that were scanned before and are clean: the next run skips them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pipeline.check.secrets.scanner import rules_version
from pipeline.core import files

_SIZE = 16  # bytes of one key


class CleanCache:
    """Keys of clean contents in one file, named by the rules' version.

    Args:
        directory: where the file is; None: nothing is remembered.
    """

    def __init__(self, directory: Path | None) -> None:
        self._path = directory / f"clean-{rules_version()}.bin" if directory else None
        self._known = self._read()

    def __contains__(self, cache_key: bytes) -> bool:
        return cache_key in self._known

    def add(self, keys: Iterable[bytes]) -> None:
        """Remember keys. The file is replaced atomically: a reader never sees half of it."""
        if self._path is None:
            return
        known = self._read() | set(keys)  # another run may have written meanwhile
        if known == self._known:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        files.write(self._path, b"".join(sorted(known)), together=True)
        self._known = known

    def _read(self) -> set[bytes]:
        try:
            data = self._path.read_bytes() if self._path else b""
        except FileNotFoundError:
            return set()
        if len(data) % _SIZE:  # not written by us: start over
            return set()
        return {data[start : start + _SIZE] for start in range(0, len(data), _SIZE)}


def cache_key(identity: str, path: str) -> bytes:
    """The key of a content under a path: some rules depend on the path."""
    text = f"{identity} {path}".encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, digest_size=_SIZE).digest()
