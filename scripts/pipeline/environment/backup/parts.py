"""The parts of backups: claimed before they are written, and removed together.

The manifest states whose they are; before it is written, and after it was removed, a mark
`unfinished_….json` does. Other environments' and projects' files in the folder are not touched.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from pipeline.core import files
from pipeline.core.files import PARTIAL
from pipeline.core.settings.environments import Environment
from pipeline.environment.backup import catalog, images, manifest
from pipeline.environment.backup.manifest import Manifest
from pipeline.environment.host.host import Host


def claim(folder: Path, here: Environment) -> str:
    """Begin a backup: find a free stamp, and write the mark that claims its parts."""
    number, at = 1, datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    stamp = at
    while not (_parts_are_free(folder, stamp) and _claimed(folder, stamp, here)):
        number += 1
        stamp = f"{at}-{number}"
    return stamp


def _parts_are_free(folder: Path, stamp: str) -> bool:
    return not any((folder / name).exists() for name in _parts(stamp))


def _claimed(folder: Path, stamp: str, here: Environment) -> bool:
    """Write the mark, completely or not at all."""
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
    except BaseException:  # a full disk: a partial mark would not state whose it is
        mark.unlink(missing_ok=True)
        raise
    files.sync(folder)
    return True


def needs(folder: Path, stamp: str, here: Environment, image: str) -> None:
    """Record that an unfinished backup needs a saved image, so that nobody removes it."""
    mark = {**manifest.owner(here), "image": {"id": image}}
    files.write(_unfinished(folder, stamp), json.dumps(mark))


def finish(folder: Path, stamp: str) -> None:
    """Remove the mark: the manifest is written, or nothing is left."""
    mark = _unfinished(folder, stamp)
    for path in (mark.with_name(mark.name + PARTIAL), mark):
        path.unlink(missing_ok=True)


def _unfinished(folder: Path, stamp: str) -> Path:
    return folder / f"unfinished_{stamp}.json"


def _parts(stamp: str) -> tuple[str, ...]:
    """The names of all files that a backup can have, finished or not, the manifest's first."""
    names = manifest.names(stamp)
    mark = names[0].replace("manifest_", "verified_")
    return (*names, mark, *(f"{name}{PARTIAL}" for name in (*names, mark)))


def remove(folder: Path, gone: Sequence[Manifest], here: Environment) -> None:
    """Remove backups: the manifest first, so that a partial one never counts as a backup."""
    for one in gone:
        _claimed(folder, one.stamp, here)
        _remove_parts(folder, one.stamp)
    stored = {one.image.id for one in gone if one.image.stored}
    images.prune(folder, stored, lambda: _needed(folder))


def _needed(folder: Path) -> set[str] | None:
    """The images that any environment's backups need, finished or not; None: unknown."""
    # Marks first: a backup that is finished meanwhile has its manifest before its mark is removed.
    found = []
    for kind in ("unfinished", "manifest"):
        for path in sorted(folder.glob(f"{kind}_*.json")):
            said = catalog.read_json(path)
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
    """Remove what interrupted backups of this environment left behind; returns the names."""
    here, gone = host.environment, []
    for mark in sorted(folder.glob("unfinished_*.json")):
        said, stamp = catalog.read_json(mark), mark.stem.removeprefix("unfinished_")
        if said is None or not manifest.belongs(said, here):
            continue
        if (folder / manifest.names(stamp)[0]).exists():
            finish(folder, stamp)  # a finished backup, or one whose removal had not begun
        else:
            gone += _remove_parts(folder, stamp)
    for one in catalog.good(folder, here):
        mark = catalog.verified_mark(folder / one.file_name)
        mark.with_name(mark.name + PARTIAL).unlink(missing_ok=True)
    images.clean(host, folder)
    return gone


def tighten(folder: Path, here: Environment) -> None:
    """Make private what earlier versions left readable for others: only this environment's."""
    if folder == here.backups:
        files.tighten(folder)
    for one in catalog.entries(
        folder, here
    ):  # including untrusted manifests: their parts have data
        for name in _parts(one.path.stem.removeprefix("manifest_")):
            files.tighten_all(folder / name)
    files.tighten_all(folder / "images")
