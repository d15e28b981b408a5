"""The backups that there are, in their order, and which of them were verified.

A folder can have the backups of several environments and projects, and files of others. What is
read, removed or tidied up here is this environment's: a manifest says so, and before one is written
(or after it was removed) a mark `unfinished_….json`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from pipeline.core import files
from pipeline.core.environments import Environment
from pipeline.core.errors import InputError, Refused
from pipeline.core.files import PARTIAL
from pipeline.environment.backup import images, manifest
from pipeline.environment.backup.manifest import Manifest
from pipeline.environment.host.host import Host


@dataclass(frozen=True)
class Entry:
    """A manifest that was found.

    Attributes:
        path: the file.
        manifest: what it says; None when it cannot be trusted.
        error: why not.
        verified: time of the last successful check; empty: never.
    """

    path: Path
    manifest: Manifest | None
    error: str = ""
    verified: str = ""


def entries(folder: Path, here: Environment) -> list[Entry]:
    """The manifests of an environment, oldest first.

    Those that cannot be trusted come before, unless they say that they are another's.
    """
    found = (_entry(path, here) for path in folder.glob("manifest_*.json"))
    return sorted(filter(None, found), key=lambda one: (_sequence(one), one.path.name))


def _sequence(entry: Entry) -> int:
    return entry.manifest.sequence if entry.manifest else -1


def _entry(path: Path, here: Environment) -> Entry | None:
    try:
        read = manifest.read(path)
    except Refused as error:
        said = _json(path)
        if said and {"environment", "database"} <= set(said) and not manifest.belongs(said, here):
            return None
        return Entry(path, None, error.message)
    if not manifest.belongs(asdict(read), here):
        return None
    return Entry(path, read, verified=verified(path))


def good(folder: Path, here: Environment) -> list[Manifest]:
    """The backups of an environment whose manifest can be trusted, oldest first."""
    return [one.manifest for one in entries(folder, here) if one.manifest]


def find(folder: Path, wanted: str, here: Environment) -> Manifest:
    """The backup that a user names.

    Args:
        folder: of the backups.
        wanted: path or name of its manifest, or its time; empty: the newest.
        here: the environment that it must belong to.

    Raises:
        InputError: there is no such backup.
        Refused: it cannot be trusted, or belongs to another environment.
    """
    if not wanted:
        there = good(folder, here)
        if not there:
            raise InputError(
                f"there is no backup of {here.name} in {folder}", "give its folder, or make one"
            )
        return there[-1]
    path = Path(wanted)
    if not path.is_absolute():
        name = path.name if path.name.startswith("manifest_") else f"manifest_{path.name}.json"
        path = folder / name
    if not path.is_file():
        raise InputError(
            f"there is no manifest {path}",
            "`pipeline environment backup list` lists those there are",
        )
    found = manifest.read(path)
    if not manifest.belongs(asdict(found), here):
        whose = " ".join(filter(None, (found.project, found.environment)))
        raise Refused(
            f"{found.file_name} is a backup of {whose} with the database {found.database}, not of "
            f"{here.name} with {here.database}",
            f"choose a backup of {here.name}: `pipeline environment backup list --environment"
            f" {here.name}`",
        )
    return found


def verified(path: Path) -> str:
    """When a backup was last found whole; empty: never."""
    return str((_json(_mark(path)) or {}).get("at", ""))


def mark_verified(path: Path, at: str, how: str) -> None:
    """Note that a backup was found whole."""
    files.write(_mark(path), json.dumps({"at": at, "how": how}) + "\n")


def unmark(path: Path) -> None:
    """Note that it no longer is."""
    _mark(path).unlink(missing_ok=True)


def _mark(path: Path) -> Path:
    return path.with_name(path.name.replace("manifest_", "verified_"))


def _json(path: Path) -> dict[str, object] | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def claim(folder: Path, here: Environment) -> str:
    """Begin a backup: a stamp that nobody else has, and a mark that its parts are this one's."""
    number, at = 1, datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    stamp = at
    while not (_parts_are_free(folder, stamp) and _claimed(folder, stamp, here)):
        number += 1
        stamp = f"{at}-{number}"
    return stamp


def _parts_are_free(folder: Path, stamp: str) -> bool:
    return not any((folder / name).exists() for name in _parts(stamp))


def _claimed(folder: Path, stamp: str, here: Environment) -> bool:
    """Write the mark, in one go: a mark is whole, or not there."""
    mark = _unfinished(folder, stamp)
    try:
        descriptor = os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_EXCL, files.FILE)
    except FileExistsError:
        return False
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, files.FILE)
            file.write(json.dumps(manifest.owner(here)).encode())
            file.flush()
            os.fsync(descriptor)
    except BaseException:  # a full disk: nobody could tell later whose it is
        mark.unlink(missing_ok=True)
        raise
    files.sync(folder)
    return True


def needs(folder: Path, stamp: str, here: Environment, image: str) -> None:
    """Write down that an unfinished backup needs a saved image: from here on nobody removes it."""
    mark = {**manifest.owner(here), "image": {"id": image}}
    files.write(_unfinished(folder, stamp), json.dumps(mark))


def finish(folder: Path, stamp: str) -> None:
    """Take the mark away: the manifest is written, or nothing is left."""
    mark = _unfinished(folder, stamp)
    for path in (mark.with_name(mark.name + PARTIAL), mark):
        path.unlink(missing_ok=True)


def _unfinished(folder: Path, stamp: str) -> Path:
    return folder / f"unfinished_{stamp}.json"


def _parts(stamp: str) -> tuple[str, ...]:
    """All names that a backup can have, the manifest's first, finished or not."""
    names = manifest.names(stamp)
    mark = names[0].replace("manifest_", "verified_")
    return (*names, mark, *(f"{name}{PARTIAL}" for name in (*names, mark)))


def remove(folder: Path, gone: Sequence[Manifest], here: Environment) -> None:
    """Remove backups: the manifest first, so that no half of one is ever taken for a backup."""
    for one in gone:
        _claimed(folder, one.stamp, here)
        _remove_parts(folder, one.stamp)
    stored = {one.image.id for one in gone if one.image.stored}
    images.prune(folder, stored, lambda: _needed(folder))


def _needed(folder: Path) -> set[str] | None:
    """The images that backups need, whosever they are, finished or not; None: nobody knows."""
    # The marks first: a backup that is finished meanwhile has its manifest before its mark goes.
    found = []
    for kind in ("unfinished", "manifest"):
        for path in sorted(folder.glob(f"{kind}_*.json")):
            said = _json(path)
            if said is None and path.exists() and (kind == "manifest" or _is_mark(path)):
                return None
            found.append(said or {})
    return {str(_image(said)) for said in found}


def _is_mark(path: Path) -> bool:
    stamp = path.stem.removeprefix("unfinished_")
    return re.fullmatch(r"[0-9]{8}T[0-9]{6}Z(-[0-9]+)?", stamp) is not None


def _image(said: dict[str, object]) -> object:
    image = said.get("image")
    return image.get("id", "") if isinstance(image, dict) else ""


def _remove_parts(folder: Path, stamp: str) -> list[str]:
    """Remove the parts of a backup that is marked as unfinished, and then the mark."""
    removed = []
    for name in _parts(stamp):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.exists() or path.is_symlink():
            path.unlink()
        else:
            continue
        removed.append(name)
    finish(folder, stamp)
    return removed


def clean(host: Host, folder: Path) -> list[str]:
    """Remove what interrupted backups of this environment left; gives the names."""
    here, gone = host.environment, []
    for mark in sorted(folder.glob("unfinished_*.json")):
        said, stamp = _json(mark), mark.stem.removeprefix("unfinished_")
        if said is None or not manifest.belongs(said, here):
            continue
        if (folder / manifest.names(stamp)[0]).exists():
            finish(folder, stamp)  # a backup that was done, or one that was not yet removed
        else:
            gone += _remove_parts(folder, stamp)
    for one in good(folder, here):
        mark = _mark(folder / one.file_name)
        mark.with_name(mark.name + PARTIAL).unlink(missing_ok=True)
    images.clean(host, folder)
    return gone


def tighten(folder: Path, here: Environment) -> None:
    """Make what earlier versions left readable for others private: this environment's alone."""
    if folder == here.backups:
        files.tighten(folder)
    for one in entries(folder, here):  # also one whose manifest cannot be trusted: it has data
        for name in _parts(one.path.stem.removeprefix("manifest_")):
            files.tighten_all(folder / name)
    files.tighten_all(folder / "images")
