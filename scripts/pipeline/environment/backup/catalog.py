"""The existing backups, in order, and which of them were verified.

A folder can contain backups of several environments and projects, and unrelated files. Only those
whose manifest names this environment are listed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.core import files
from pipeline.core.errors import InputError, Refused
from pipeline.core.settings.environments import Environment
from pipeline.environment.backup import manifest
from pipeline.environment.backup.manifest import Manifest


@dataclass(frozen=True)
class Entry:
    """A manifest in the folder.

    Attributes:
        path: the file.
        manifest: its content; None when it cannot be trusted.
        error: why not.
        verified: time of the last successful check; empty: never.
    """

    path: Path
    manifest: Manifest | None
    error: str = ""
    verified: str = ""


def entries(folder: Path, here: Environment) -> list[Entry]:
    """The manifests of an environment, oldest first.

    Those that cannot be trusted come first, unless they name another environment.
    """
    found = (_entry(path, here) for path in folder.glob("manifest_*.json"))
    return sorted(filter(None, found), key=lambda one: (_sequence(one), one.path.name))


def _sequence(entry: Entry) -> int:
    return entry.manifest.sequence if entry.manifest else -1


def _entry(path: Path, here: Environment) -> Entry | None:
    try:
        read = manifest.read(path)
    except Refused as error:
        said = read_json(path)
        if said and {"environment", "database"} <= set(said) and not manifest.belongs(said, here):
            return None
        return Entry(path, None, error.message)
    if not manifest.belongs(asdict(read), here):
        return None
    return Entry(path, read, verified=verified(path))


def good(folder: Path, here: Environment) -> list[Manifest]:
    """An environment's backups with a trustworthy manifest, oldest first."""
    return [one.manifest for one in entries(folder, here) if one.manifest]


def find(folder: Path, wanted: str, here: Environment) -> Manifest:
    """The backup that a user names.

    Args:
        folder: of the backups.
        wanted: path or name of its manifest, or its time; empty: the newest.
        here: the environment it must belong to.

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
    """When a backup was last found complete; empty: never."""
    return str((read_json(verified_mark(path)) or {}).get("at", ""))


def mark_verified(path: Path, at: str, how: str) -> None:
    """Record that a backup was found complete."""
    files.write(verified_mark(path), json.dumps({"at": at, "how": how}) + "\n")


def unmark(path: Path) -> None:
    """Record that it no longer is."""
    verified_mark(path).unlink(missing_ok=True)


def verified_mark(path: Path) -> Path:
    """The file that records when a manifest's backup was found complete."""
    return path.with_name(path.name.replace("manifest_", "verified_"))


def read_json(path: Path) -> dict[str, object] | None:
    """The JSON object in a file; None when there is none, or it cannot be read."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None
