"""The newest copy of a place that may be used; and which ones are kept there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.core.errors import CheckFailed, InputError
from pipeline.core.wording import counted
from pipeline.privacy.copies.document import (
    CopyDocument,
    check_dump,
    check_fit,
    read_copy,
    require_key,
)
from pipeline.privacy.copies.places import CopiesPlace, folder_name

#: How many copies a place keeps.
KEEP = 3


@dataclass(frozen=True)
class FoundCopy:
    """The copy that was chosen.

    Attributes:
        name: its name in the place.
        document: its document, whose signature was checked.
        folder: where this machine has its dump, which was checked as well.
        passed: newer ones that cannot be used, each with the reason.
    """

    name: str
    document: CopyDocument
    folder: Path
    passed: tuple[str, ...]


def newest_copy(
    place: CopiesPlace,
    scratch: Path,
    fits: Callable[[CopyDocument], None],
    key: bytes,
    *,
    unsigned: bool = False,
) -> FoundCopy:
    """The newest copy that is signed, fits and is undamaged; its dump is fetched.

    Args:
        place: where copies are.
        scratch: empty folder for what has to be fetched.
        fits: raises CheckFailed if a document is not for this project, series and time.
        key: that signs copies.
        unsigned: accept copies that were made without a key.

    Raises:
        InputError: there is no copy, or no key.
        CheckFailed: none can be used; the error says why of each.
        ToolError: the place does not answer, or this machine's disk is too small.
    """
    require_key(key, unsigned)
    names = place.names()
    passed: list[str] = []
    if not names:
        raise InputError(
            f"there is no copy of {place.project} in {place.address}",
            "have one made: `dagger call prod … publish-copy` (docs/laptop.md)",
        )
    for name in names:
        try:
            folder = place.documents(name, scratch)
            document = _read(folder, name, key, unsigned)
            fits(document)
            place.dump(name, document, scratch)
            check_dump(document, folder)
            return FoundCopy(name, document, folder, tuple(passed))
        except (CheckFailed, InputError) as error:
            passed.append(f"{name}: {error.message}")
    reasons = "".join(f"\n    {one}" for one in passed)
    raise CheckFailed(
        f"no copy in {place.address} can be used:{reasons}",
        "see why none was made since: `dagger call prod … publish-copy` (docs/laptop.md)",
    )


@dataclass(frozen=True)
class PushedCopy:
    """What was done in a place: the new copy's name, and those that were removed."""

    name: str
    removed: tuple[str, ...]


def push_copy(
    place: CopiesPlace, folder: Path, project: str, key: bytes, now: datetime, keep: int = KEEP
) -> PushedCopy:
    """Put a copy into a place, then remove old ones that were signed with the same key.

    The newest ones that may be used stay, whatever else is there; what others put there, too.

    Args:
        place: where copies are.
        folder: the copy, as it was made.
        project: name of the project.
        key: that signed it.
        now: the time.
        keep: how many stay, at least 1.

    Raises:
        InputError: there is no copy in the folder, or no key, or it is there already.
        CheckFailed: it is not what was signed, or not for this project, or has expired.
        ToolError: it cannot be written, or an old one not be removed.
    """
    document = read_copy(folder, key)
    check_fit(document, project, document.series, now)
    check_dump(document, folder)
    name = place.add(folder, document)
    kept, removed = 0, []
    with tempfile.TemporaryDirectory() as scratch:
        own = list(_own(place, Path(scratch), key, now))
    for one, usable in own:
        kept += usable
        if not usable or kept > keep:
            place.remove(one)
            removed.append(one)
    for left in place.abandoned(now):
        place.remove(left)
    return PushedCopy(name, tuple(removed))


def _own(
    place: CopiesPlace, scratch: Path, key: bytes, now: datetime
) -> Iterator[tuple[str, bool]]:
    """The project's copies that were signed with this key, the newest first, and whether each may
    still be used. A clock that is too early expires nothing."""
    for name in place.names():
        try:
            document = _read(place.documents(name, scratch), name, key, False)
        except (CheckFailed, InputError):
            continue  # somebody else's, or broken: a person has to look
        if document.project == place.project:
            yield name, now < document.end


def _read(folder: Path, name: str, key: bytes, unsigned: bool) -> CopyDocument:
    """A copy's document. Its name is not signed, so it has to agree with what is."""
    document = read_copy(folder, key, unsigned=unsigned)
    if folder_name(document) != name:
        raise CheckFailed(
            f"it was made at {document.made} UTC, which is not what its folder is called",
            "somebody renamed it: take a copy as it was made",
        )
    return document


def copy_age(document: CopyDocument, now: datetime) -> str:
    """How old a copy is, in words: ``7 hours``, ``2 days``."""
    hours = max(int((now - document.moment).total_seconds()), 0) // 3600
    if hours < 48:
        return counted(hours, "hour")
    return counted(hours // 24, "day")
