"""The backups that there are, in their order, and which of them were verified."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError, Refused
from pipeline.vm import files
from pipeline.vm.backup import images, manifest
from pipeline.vm.backup.manifest import Manifest


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


def entries(folder: Path) -> list[Entry]:
    """All manifests of a folder, oldest first; those that cannot be trusted come before."""
    found = [_entry(path) for path in folder.glob("manifest_*.json")]
    return sorted(found, key=lambda one: (_sequence(one), one.path.name))


def _sequence(entry: Entry) -> int:
    return entry.manifest.sequence if entry.manifest else -1


def _entry(path: Path) -> Entry:
    try:
        read = manifest.read(path)
    except Refused as error:
        return Entry(path, None, error.message)
    return Entry(path, read, verified=verified(path))


def good(folder: Path) -> list[Manifest]:
    """The backups whose manifest can be trusted, oldest first."""
    return [one.manifest for one in entries(folder) if one.manifest]


def find(folder: Path, wanted: str, environment: str) -> Manifest:
    """The backup that a user names.

    Args:
        folder: of the backups.
        wanted: path or name of its manifest, or its time; empty: the newest.
        environment: the environment that it must belong to.

    Raises:
        InputError: there is no such backup.
        Refused: it cannot be trusted, or belongs to another environment.
    """
    if not wanted:
        there = good(folder)
        if not there:
            raise InputError(f"there is no backup in {folder}", "give its folder, or make one")
        return _checked(there[-1], environment)
    path = Path(wanted)
    if not path.is_absolute():
        name = path.name if path.name.startswith("manifest_") else f"manifest_{path.name}.json"
        path = folder / name
    if not path.is_file():
        raise InputError(f"there is no manifest {path}", "`pipeline backups` lists those there are")
    return _checked(manifest.read(path), environment)


def _checked(found: Manifest, environment: str) -> Manifest:
    if found.environment != environment:
        raise Refused(
            f"{found.file_name} is a backup of {found.environment}, not of {environment}",
            f"choose a backup of {environment}: `pipeline backups --environment {environment}`",
        )
    return found


def verified(path: Path) -> str:
    """When a backup was last found whole; empty: never."""
    try:
        return str(json.loads(_mark(path).read_text(encoding="utf-8"))["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def mark_verified(path: Path, at: str, how: str) -> None:
    """Note that a backup was found whole."""
    files.write(_mark(path), json.dumps({"at": at, "how": how}) + "\n", 0o640)


def unmark(path: Path) -> None:
    """Note that it no longer is."""
    _mark(path).unlink(missing_ok=True)


def _mark(path: Path) -> Path:
    return path.with_name(path.name.replace("manifest_", "verified_"))


def remove(folder: Path, gone: Sequence[Manifest]) -> None:
    """Remove backups: the manifest first, so that no half of one is ever taken for a backup."""
    for one in gone:
        for name in manifest.names(one.stamp):
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        unmark(folder / one.file_name)
    images.prune(folder, {one.image.id for one in good(folder) if one.image.stored})


def clean(folder: Path) -> list[str]:
    """Remove what interrupted backups left: partial files, and parts that have no manifest."""
    manifests = {path.name for path in folder.glob("manifest_*.json")}
    gone = [*folder.glob(f"*{files.PARTIAL}"), *(folder / "images").glob(f"*{files.PARTIAL}")]
    gone += (folder / "images" / "blobs").glob(f"*{files.PARTIAL}")
    for part in (*folder.glob("database_*.dump.gz"), *folder.glob("filestore_*Z*")):
        stamp = part.name.removeprefix("database_").removeprefix("filestore_").split(".")[0]
        if manifest.names(stamp)[0] not in manifests:
            gone.append(part)
    paths = list(dict.fromkeys(gone))
    for path in paths:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return [path.name for path in paths]
