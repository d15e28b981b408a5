"""Files that are there whole, or not at all, also after a power cut; and private.

What holds data is its owner's alone, whatever the umask: files 0600, folders 0700.
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
    """Open a private file for writing; what it had is gone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE)
    os.fchmod(descriptor, FILE)
    return os.fdopen(descriptor, "wb")


def folder(path: Path, new: bool = False) -> Path:
    """A private folder: made when it is not there, tightened with all that is in it when it is.

    Raises:
        FileExistsError: it is there, and was to be new.
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
    """Take a file or folder away from everybody but its owner. Another owner's stays as it is."""
    with suppress(FileNotFoundError, PermissionError):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & 0o077 and not path.is_symlink():
            path.chmod(mode & (FOLDER if path.is_dir() else FILE))


def tighten_all(path: Path) -> None:
    """The same with everything below a folder, once: a private folder was done before."""
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
    forget(descriptor)  # it would push out what the database needs
    return found.hexdigest()


class Digests:
    """Checksums of files that several backups share: each is read once.

    A small file that has one name is not remembered; a million others take about 200 MB.
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
    """Drop a file from the system's memory: what is read next comes from the disk."""
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def write(
    path: Path, content: str | bytes, mode: int | None = FILE, *, together: bool = False
) -> None:
    """Write a file durably: next to it first, synced, then renamed. Line ends stay as they are.

    Owner and group stay those of the file that it replaces; a link to it stays a link.

    Args:
        path: the file.
        content: its text, in UTF-8, or its bytes.
        mode: its mode; None: that of the file that it replaces, or what the umask leaves of 0666.
        together: whether others may write it at the same moment: the last one wins.
    """
    path = path.resolve()
    own = f".{secrets.token_hex(4)}" if together else ""
    partial = path.with_name(f"{path.name}{own}{PARTIAL}")
    partial.unlink(missing_ok=True)  # it may be another user's
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
    except BaseException:  # a signal, too
        partial.unlink(missing_ok=True)
        raise


def forget_partial(*places: Path) -> None:
    """Remove what a killed :func:`write` left: of a file, or of every file in a folder of ours."""
    for place in places:
        name = f"*{PARTIAL}" if place.is_dir() else f"{place.name}{PARTIAL}"
        for path in (place if place.is_dir() else place.parent).glob(name):
            if path.is_file():
                path.unlink(missing_ok=True)


def _give(descriptor: int, path: Path) -> None:
    """Give a new file to the owner of the one that it replaces, or else of its folder."""
    before = path.stat() if path.exists() else path.parent.stat()
    with suppress(PermissionError):  # it stays this user's
        os.fchown(descriptor, before.st_uid if os.geteuid() == 0 else -1, before.st_gid)


def publish(partial: Path, path: Path) -> None:
    """Give a finished file, or folder, its name, and make the name durable."""
    partial.rename(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(paths: Iterable[Path]) -> None:
    """Make many files, or the names in many folders, durable.

    Several at once: a journaling file system then writes its journal once for all of them.
    """
    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(sync, paths):
            pass
