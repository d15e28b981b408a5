"""Files that are complete or absent, even after a power cut; and private files.

Files with data belong to their owner alone, whatever the umask: files 0600, folders 0700.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO

PARTIAL = ".partial"
FILE, FOLDER = 0o600, 0o700
_CHUNK = 1 << 20


def create(path: Path) -> IO[bytes]:
    """Open a private file for writing; its old content is discarded."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE)
    os.fchmod(descriptor, FILE)
    return os.fdopen(descriptor, "wb")


def folder(path: Path, new: bool = False) -> Path:
    """A private folder: created when missing, otherwise made private with all its content.

    Raises:
        FileExistsError: it exists, and was expected to be new.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(FOLDER)
        path.chmod(FOLDER)
    except FileExistsError:
        if new or not path.is_dir():
            raise
        tighten_all(path)
    return path


def tighten(path: Path) -> None:
    """Make a file or folder private to its owner. Another owner's is left as it is."""
    with suppress(FileNotFoundError, PermissionError):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & 0o077 and not path.is_symlink():
            path.chmod(mode & (FOLDER if path.is_dir() else FILE))


def tighten_all(path: Path) -> None:
    """The same for everything below a folder, once: a private folder was done before."""
    if path.is_symlink() or not path.is_dir() or not stat.S_IMODE(path.stat().st_mode) & 0o077:
        tighten(path)
        return
    for name, folders, names in os.walk(path):
        for one in (*folders, *names):
            tighten(Path(name, one))
    tighten(path)


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Checksum of a file's bytes, read from the disk where the system can. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        return digest_of(file.fileno(), algorithm)


def digest_of(descriptor: int, algorithm: str = "sha256") -> str:
    """The same of an open file. Other threads run while bytes are read and hashed."""
    forget(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
    found = hashlib.new(algorithm, usedforsecurity=False)
    while chunk := os.read(descriptor, _CHUNK):
        found.update(chunk)
    forget(descriptor)  # it would evict pages that the database needs
    return found.hexdigest()


class Digests:
    """Checksums of files that several backups share: each is read once.

    A small file with a single link is not remembered; a million others take about 200 MB.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], dict[int, bytes]] = {}

    def of(self, path: Path, algorithm: str = "sha256") -> str:
        """Checksum of a file's bytes, as :func:`digest`. Raises OSError."""
        with path.open("rb", buffering=0) as file:
            there = os.fstat(file.fileno())
            known = self._known.setdefault((there.st_dev, algorithm), {})
            if there.st_ino in known:
                return known[there.st_ino].hex()
            found = digest_of(file.fileno(), algorithm)
            if there.st_nlink > 1 or there.st_size > _CHUNK:
                known[there.st_ino] = bytes.fromhex(found)
            return found


def forget(descriptor: int) -> None:
    """Drop a file from the page cache, so that the next read comes from the disk."""
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def write(
    path: Path, content: str | bytes, mode: int | None = FILE, *, together: bool = False
) -> None:
    """Write a file durably: to a temporary file next to it, synced, then renamed.

    Newlines are kept. Owner and group stay those of the replaced file; a link to it stays a link.

    Args:
        path: the file.
        content: its text, in UTF-8, or its bytes.
        mode: its mode; None: that of the replaced file, or else 0666 less the umask.
        together: whether others may write it at the same time: the last one wins.
    """
    path = path.resolve()
    own = f".{secrets.token_hex(4)}" if together else ""
    partial = path.with_name(f"{path.name}{own}{PARTIAL}")
    partial.unlink(missing_ok=True)  # it may belong to another user
    if mode is None and path.exists():
        mode = stat.S_IMODE(path.stat().st_mode)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        descriptor = os.open(partial, flags, 0o666 if mode is None else FILE)
        with os.fdopen(descriptor, "wb") as file:
            _give(descriptor, path)
            if mode is not None:
                os.fchmod(descriptor, mode)
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        publish(partial, path)
    except BaseException:  # including a signal
        partial.unlink(missing_ok=True)
        raise


def forget_partial(*places: Path) -> None:
    """Remove leftovers of a killed :func:`write`: of a file, or all in a folder of ours."""
    for place in places:
        name = f"*{PARTIAL}" if place.is_dir() else f"{place.name}{PARTIAL}"
        for path in (place if place.is_dir() else place.parent).glob(name):
            if path.is_file():
                path.unlink(missing_ok=True)


def _give(descriptor: int, path: Path) -> None:
    """Give a new file the owner of the file it replaces, or else of its folder."""
    before = path.stat() if path.exists() else path.parent.stat()
    with suppress(PermissionError):  # it stays owned by this user
        os.fchown(descriptor, before.st_uid if os.geteuid() == 0 else -1, before.st_gid)


def publish(partial: Path, path: Path) -> None:
    """Rename a finished file or folder to its final name, durably."""
    partial.rename(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Sync a file's content, or the names in a folder, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(paths: Iterable[Path]) -> None:
    """Sync many files, or the names in many folders, to disk.

    Several at once, because a journaling file system then writes its journal once for all of them.
    """
    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(sync, paths):
            pass
