"""The runs of an environment: a folder each, numbered in the order in which they began."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import files
from pipeline.core.errors import InputError
from pipeline.core.process import liveness
from pipeline.environment.runs import journal
from pipeline.environment.runs.story import Story

_FOLDER = re.compile(r"(\d{6})-([A-Za-z0-9_.-]+)")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class Past:
    """A run that left a journal.

    Attributes:
        folder: where.
        number: its number.
        kind: such as ``deploy``, from its journal; empty: none yet.
        id: the name that its starter gave it.
        story: its journal, interpreted.
    """

    folder: Path
    number: int
    kind: str
    id: str
    story: Story

    @property
    def name(self) -> str:
        """Its folder's name, which is unique."""
        return self.folder.name

    @property
    def running(self) -> bool:
        """Whether its process is alive and the run has not ended."""
        return self.story.ended is None and liveness.alive(self.story.owner)

    @property
    def unfinished(self) -> bool:
        """Whether it was interrupted, and has to be resumed."""
        return self.story.ended is None and not liveness.alive(self.story.owner)


def create(root: Path, kind: str, identity: str = "") -> Path:
    """Create the folder of a new run.

    Args:
        root: folder of the environment's runs.
        kind: such as ``deploy``.
        identity: an id that the starter chose; empty: a random one.

    Raises:
        InputError: the id is invalid or already used; or the folder is not writable.
    """
    identity = identity or secrets.token_hex(4)
    if not _ID.fullmatch(identity):
        raise InputError(
            f"{identity!r} is not a valid run ID",
            "use letters, digits, `.`, `_` and `-`, at most 64",
        )
    try:
        files.folder(root)
        files.folder(root / "runs")
        while True:
            there = folders(root)
            if any(_identity(folder, _kind(folder)) == identity for folder in there):
                raise InputError(f"there was a run {identity} before", "give another id")
            number = number_of(there[-1]) + 1 if there else 1
            folder = root / "runs" / f"{number:06}-{kind}-{identity}"
            try:
                files.folder(folder, new=True)
            except FileExistsError:
                continue
            if [number_of(other) for other in folders(root)].count(number) == 1:
                return folder
            folder.rmdir()  # another run took the same number at the same moment
    except OSError as error:
        raise InputError(
            f"{root} cannot be written to: {error.strerror}",
            "check the folder's owner and the space on the disk",
        ) from error


def folders(root: Path) -> list[Path]:
    """The folders of all runs, in order."""
    runs = root / "runs"
    found = runs.iterdir() if runs.is_dir() else ()
    return sorted(path for path in found if _FOLDER.fullmatch(path.name))


def history(root: Path, newest: int = 0) -> list[Past]:
    """The runs, oldest first; only this many of the newest, 0: all."""
    return [_past(folder) for folder in folders(root)[-newest:]]


def find(root: Path, wanted: str) -> Past | None:
    """The run with this id, number or folder name; empty: the newest."""
    for folder in reversed(folders(root)):
        number = folder.name.partition("-")[0]
        names = ("", folder.name, number, number.lstrip("0"))
        if wanted in names or wanted == _identity(folder, _kind(folder)):
            return _past(folder)
    return None


def number_of(folder: Path) -> int:
    """The number in a folder's name."""
    return int(folder.name.partition("-")[0])


def _past(folder: Path) -> Past:
    told = Story.of(journal.read(folder / journal.FILE_NAME))
    kind = told.began.kind
    return Past(folder, number_of(folder), kind, _identity(folder, kind), told)


def _kind(folder: Path) -> str:
    return str(journal.first(folder / journal.FILE_NAME).get("kind", ""))


def _identity(folder: Path, kind: str) -> str:
    """The id in a folder's name. Kind and id may contain hyphens, so the journal's kind is needed
    to separate them."""
    rest = folder.name.partition("-")[2]
    return rest[len(kind) + 1 :] if kind else rest.partition("-")[2]
