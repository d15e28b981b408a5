"""The files of a server over a connection that is open."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import paramiko


class SftpFiles:
    """The files of an SFTP server. What paramiko raises, an OSError or not, is an OSError."""

    def __init__(self, client: paramiko.SFTPClient) -> None:
        self._client = client

    def names(self, path: str) -> list[str]:
        """What a folder contains."""
        with _as_os_error():
            return self._client.listdir(path)

    @contextmanager
    def open(self, path: str, mode: str) -> Iterator[IO[bytes]]:
        """A file. Requests do not wait for each other's answers."""
        with _as_os_error():
            with self._client.open(path, mode) as file:
                if mode == "rb":
                    state = file.stat()
                    if not stat.S_ISREG(state.st_mode or 0):
                        raise PermissionError(1, "it is not a file")
                    file.prefetch(state.st_size)
                else:
                    file.set_pipelined(True)
                yield cast("IO[bytes]", file)

    def mkdir(self, path: str, mode: int) -> None:
        """Make a folder."""
        with _as_os_error():
            self._client.mkdir(path, mode)

    def rename(self, old: str, new: str) -> None:
        """Rename a folder, unless the new name is taken."""
        with _as_os_error():
            self._client.rename(old, new)

    def remove(self, path: str) -> None:
        """Remove a file."""
        with _as_os_error():
            self._client.remove(path)

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        with _as_os_error():
            self._client.rmdir(path)

    def local(self, path: str) -> Path | None:
        """Nowhere on this machine."""
        return None

    def finish(self, path: str) -> None:
        """SFTP says nothing about disks."""


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except (EOFError, paramiko.SSHException) as error:
        why = str(error) or type(error).__name__
        raise ConnectionError(f"the connection was lost: {why}") from error
