"""The files of a place with copies: on this machine, or on an SFTP server."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Protocol

from pipeline.core import files

#: A new file is for its owner and, to read, the group.
_FILE = 0o640


class PlaceFiles(Protocol):
    """What a place can do with files; each raises OSError."""

    def names(self, path: str) -> list[str]:
        """What a folder contains."""

    def open(self, path: str, mode: str) -> AbstractContextManager[IO[bytes]]:
        """A file, ``rb`` or ``wb``."""

    def mkdir(self, path: str, mode: int) -> None:
        """Make a folder."""

    def rename(self, old: str, new: str) -> None:
        """Rename a folder."""

    def remove(self, path: str) -> None:
        """Remove a file."""

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""

    def local(self, path: str) -> Path | None:
        """Where this machine has a file; None: elsewhere."""

    def finish(self, path: str) -> None:
        """Make sure that a file or folder is on the disk, as far as that is possible."""


class LocalFiles:
    """The files of this machine."""

    def names(self, path: str) -> list[str]:
        """What a folder contains."""
        return os.listdir(path)

    def open(self, path: str, mode: str) -> AbstractContextManager[IO[bytes]]:
        """A file; a new one for its owner and the group."""
        if mode == "rb":
            return open(path, "rb")
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE), "wb")

    def mkdir(self, path: str, mode: int) -> None:
        """Make a folder."""
        os.mkdir(path, mode)

    def rename(self, old: str, new: str) -> None:
        """Rename a folder, unless the new name is taken by one that has files."""
        files.publish(Path(old), Path(new))

    def remove(self, path: str) -> None:
        """Remove a file."""
        os.unlink(path)

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        os.rmdir(path)

    def local(self, path: str) -> Path | None:
        """The path itself."""
        return Path(path)

    def finish(self, path: str) -> None:
        """Sync it to the disk."""
        files.sync(Path(path))
