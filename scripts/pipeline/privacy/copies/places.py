"""Places with several copies: a folder, or one on an SFTP server.

``<place>/<project>/<time>/``, the time being that of the copy's document. A copy is written under a
hidden name and renamed when it is complete, and renamed before it is removed: whoever lists the
place sees complete copies only.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TypeVar

from pipeline.core import files
from pipeline.core.errors import InputError, PipelineError, ToolError
from pipeline.privacy.copies.document import NAME, CopyDocument
from pipeline.privacy.copies.place_files import PlaceFiles

_T = TypeVar("_T")
_FOLDER_FORM = "%Y%m%dT%H%M%SZ"
_FOLDER = re.compile(r"\d{8}T\d{6}Z")
_PARTIAL = re.compile(r"\.(\d{8}T\d{6}Z)\.[0-9a-f]{8}\.partial")
#: Whoever has the same group may read a copy, others may not.
_MODE = 0o750
_CHUNK, _SMALL = 1 << 18, 1 << 16
_DOCUMENTS = (f"{NAME}.json", f"{NAME}.hmac", f"{NAME}.sha256")
_REPORT = ("anonymization.json", "anonymization.html", "anonymization.hmac")
#: A copy that is still being written after this long never will be complete.
_ABANDONED = timedelta(days=1)


def folder_name(document: CopyDocument) -> str:
    """The name that a copy has in a place: names are in the order of time."""
    return document.moment.strftime(_FOLDER_FORM)


@dataclass(frozen=True)
class CopiesPlace:
    """The copies of a project in a place.

    Attributes:
        store: the files there.
        root: the place, without a slash at its end.
        project: its folder there.
        address: the place as it was given, for messages.
    """

    store: PlaceFiles
    root: str
    project: str
    address: str

    def names(self) -> list[str]:
        """The names of the copies, the newest first. There may be no folder of the project yet.

        Raises:
            ToolError: the place cannot be read.
        """
        return sorted(filter(_FOLDER.fullmatch, self._listed() or ()), reverse=True)

    def documents(self, name: str, scratch: Path) -> Path:
        """A copy's document and signature, as far as there are any, in a folder on this machine.

        Args:
            name: of the copy.
            scratch: folder for what has to be fetched.

        Raises:
            InputError: one of them cannot be read.
            ToolError: the place does not answer any more.
        """
        if (here := self.store.local(self._path(name))) is not None:
            return here
        (scratch / name).mkdir()
        for file in _DOCUMENTS:
            try:
                with self.store.open(self._path(name, file), "rb") as source:
                    (scratch / name / file).write_bytes(source.read(_SMALL))
            except FileNotFoundError:
                continue
            except OSError as error:
                raise self._unreadable(file, error) from error
        return scratch / name

    def dump(self, name: str, document: CopyDocument, scratch: Path) -> None:
        """Fetch a copy's dump next to its document, no more of it than the document says.

        Raises:
            InputError: it cannot be read.
            ToolError: the disk is too small, or the place does not answer any more.
        """
        if self.store.local(self._path(name)) is not None:
            return
        free = shutil.disk_usage(scratch).free
        if free < document.size:
            raise ToolError(
                f"the copy has {document.size / 1e9:.2f} GB, and {scratch.parent} has "
                f"{free / 1e9:.2f} GB free",
                "free some, or let TMPDIR name a folder on a larger disk",
            )
        try:
            with (
                self.store.open(self._path(name, document.file), "rb") as source,
                files.create(scratch / name / document.file) as into,
            ):
                left = document.size + 1
                while data := source.read(min(_CHUNK, left)):
                    into.write(data)
                    left -= len(data)
        except OSError as error:
            raise self._unreadable(document.file, error) from error

    def add(self, folder: Path, document: CopyDocument) -> str:
        """Put a copy there, all of it or nothing. Returns its name.

        Args:
            folder: of the copy.
            document: of the copy, which was checked.

        Raises:
            InputError: there is one of that time already.
            ToolError: it cannot be written; what was written of it is removed.
        """
        name = folder_name(document)
        listed = self._listed()
        if name in (listed or ()):
            raise InputError(
                f"there is a copy {name} in {self.address} already", "make a new one, or leave it"
            )
        partial = f".{name}.{secrets.token_hex(4)}.partial"
        wanted = [document.file, *_DOCUMENTS, *_REPORT]
        try:
            if listed is None:
                self.store.mkdir(self._path(), _MODE)
            self.store.mkdir(self._path(partial), _MODE)
            for file in (one for one in wanted if (folder / one).is_file()):
                path = self._path(partial, file)
                with (folder / file).open("rb") as source, self.store.open(path, "wb") as into:
                    shutil.copyfileobj(source, into, _CHUNK)
                self.store.finish(path)
            self.store.finish(self._path(partial))
            self.store.rename(self._path(partial), self._path(name))
        except BaseException as error:  # including a signal
            self._forget(partial)
            if isinstance(error, OSError):
                raise ToolError(
                    f"the copy cannot be written to {self.address}: {_why(error)}",
                    "check its rights and its disk; the copies that are there are as they were",
                ) from error
            raise
        return name

    def remove(self, name: str) -> None:
        """Remove a copy. Raises ToolError: it cannot be removed; nobody takes it any more."""
        partial = name
        if _FOLDER.fullmatch(name):
            partial = f".{name}.{secrets.token_hex(4)}.partial"
            self._asked(lambda: self.store.rename(self._path(name), self._path(partial)))
        self._asked(lambda: self._delete(partial))

    def abandoned(self, now: datetime) -> list[str]:
        """What is left of copies whose maker was killed, by their hidden names."""
        found = ((_PARTIAL.fullmatch(name), name) for name in self._listed() or ())
        limit = (now - _ABANDONED).astimezone(timezone.utc).strftime(_FOLDER_FORM)
        return [name for match, name in found if match and match[1] < limit]

    def _delete(self, name: str) -> None:
        for file in self.store.names(self._path(name)):
            self.store.remove(self._path(name, file))
        self.store.rmdir(self._path(name))

    def _forget(self, name: str) -> None:
        try:
            self._delete(name)
        except (OSError, PipelineError):
            pass  # the next one removes it, after a day

    def _listed(self) -> list[str] | None:
        """What the project's folder contains; None: there is none yet."""
        try:
            return self.store.names(self._path())
        except FileNotFoundError:
            self._asked(lambda: self.store.names(self.root))  # is there such a place at all?
            return None
        except OSError as error:
            raise self._broken(error) from error

    def _asked(self, ask: Callable[[], _T]) -> _T:
        try:
            return ask()
        except FileNotFoundError as error:
            raise ToolError(
                f"{self.address} is not there", "check the address of the copies' place"
            ) from error
        except OSError as error:
            raise self._broken(error) from error

    def _unreadable(self, file: str, error: OSError) -> PipelineError:
        """SFTP has one error for most problems: only a second question tells whose it is."""
        try:
            self.store.names(self.root)
        except OSError as again:
            return self._broken(again)
        return InputError(f"{file} cannot be read: {_why(error)}", "check its owner and mode")

    def _broken(self, error: OSError) -> ToolError:
        return ToolError(
            f"{self.address} does not answer as a place of copies does: {_why(error)}",
            "check its server, its disk and your rights there, and try again",
        )

    def _path(self, name: str = "", file: str = "") -> str:
        return "/".join(part for part in (self.root, self.project, name, file) if part)


def _why(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or str(error) or type(error).__name__
