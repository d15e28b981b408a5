"""Contents that were checked before and are clean: the next run skips them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pipeline.core import files

_SIZE = 16  # bytes of one key


class CleanCache:
    """Keys of clean contents in one file, named by the version of what checks them.

    Args:
        directory: where the file is; None: nothing is remembered.
        rules: the version; :func:`code_version` makes one.
    """

    def __init__(self, directory: Path | None, rules: str) -> None:
        self.directory = directory
        self._path = directory / f"clean-{rules}.bin" if directory else None
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


def cache_key(*parts: str) -> bytes:
    """The key of what these texts say: of a content under a path, as some rules depend on it."""
    text = " ".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, digest_size=_SIZE).digest()


def code_version(folder: Path, *versions: str) -> str:
    """A digest of a folder's code and these versions: it changes whenever a rule may."""
    digest = hashlib.sha256(" ".join(versions).encode())
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
