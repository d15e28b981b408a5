"""The manifest: written last, it completes a backup; a restore checks everything against it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dacite

from pipeline.core import files
from pipeline.core.errors import Refused
from pipeline.core.settings.environments import Environment
from pipeline.environment.backup.filestore import Filestore

FORMAT = 1
_NAME = re.compile(r"manifest_([0-9]{8}T[0-9]{6}Z(?:-[0-9]+)?)\.json")


@dataclass(frozen=True)
class Image:
    """The image that ran when the backup was made; empty: none.

    Attributes:
        reference: as in `.env`.
        digest: of its manifest in the registry.
        id: of its configuration, which stays the same when the image is loaded from a file.
        version: of the project.
        stored: whether the image is in the backup, too.
    """

    reference: str = ""
    digest: str = ""
    id: str = ""
    version: str = ""
    stored: bool = False


@dataclass(frozen=True)
class DumpFile:
    """The file of the dump.

    Attributes:
        name: its name in the folder of backups.
        size: its bytes.
        sha256: of these bytes.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class FilestoreFolder(Filestore):
    """The folder of the filestore. ``name``: its name in the folder of backups."""

    name: str


@dataclass(frozen=True)
class InstalledModule:
    """A module that was installed when the backup was made.

    Attributes:
        version: as in the database, where it may be NULL.
        code: hash of its files; empty: unknown.
        update: hash of those of its files that an update reads; empty: unknown.
    """

    version: str | None
    code: str = ""
    update: str = ""


@dataclass(frozen=True)
class Manifest:
    """One backup.

    Attributes:
        stamp: its time, in UTC, as in its files' names.
        sequence: a growing number, so that order does not depend on clocks.
        environment: the one it belongs to.
        database: name of the database, the only one it can be loaded into.
        moment: when the snapshot was taken, by the clock of the database.
        reason: why it was made, such as ``deploy v1.2.0``.
        dump: the file of the dump.
        filestore: the folder of files, and figures on its content.
        image: the image that ran.
        postgres: version of the server.
        addons: every installed module by name.
        rows: number of rows by table.
        roles: roles of the server that occur in the dump.
        project: name of the project; empty: unknown, in a backup by an earlier version.
    """

    stamp: str
    sequence: int
    environment: str
    database: str
    moment: str
    reason: str
    dump: DumpFile
    filestore: FilestoreFolder
    image: Image
    postgres: str
    addons: dict[str, InstalledModule] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    project: str = ""
    format: int = FORMAT

    @property
    def file_name(self) -> str:
        """Name of the manifest."""
        return f"manifest_{self.stamp}.json"


def belongs(said: Mapping[str, Any], here: Environment) -> bool:
    """Whether a manifest, or a mark, belongs to this project, environment and database."""
    return (
        said.get("project", "") in ("", here.project)
        and said.get("environment") == here.name
        and said.get("database") == here.database
    )


def owner(here: Environment) -> dict[str, str]:
    """The fields that :func:`belongs` compares."""
    return {"project": here.project, "environment": here.name, "database": here.database}


def names(stamp: str) -> tuple[str, str, str]:
    """Names of the manifest, the dump and the filestore of a backup."""
    return f"manifest_{stamp}.json", f"database_{stamp}.dump.gz", f"filestore_{stamp}"


def filestore_part(name: str, filestore: Filestore) -> FilestoreFolder:
    """A filestore's entry in the manifest."""
    return FilestoreFolder(name=name, **vars(filestore))


def write(manifest: Manifest, folder: Path) -> Path:
    """Write it: from now on the backup exists."""
    data = dataclasses.asdict(manifest)
    data["sha256"] = _checksum(data)
    path = folder / manifest.file_name
    files.write(path, json.dumps(data, indent=2, sort_keys=True) + "\n")
    return path


def read(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        Refused: it cannot be read, was changed since it was written, or has another format.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        claimed = data.pop("sha256")
        if claimed != _checksum(data):
            raise ValueError("it was changed since it was written")
        if data["format"] != FORMAT:
            raise ValueError(f"it has format {data['format']}, this pipeline reads {FORMAT}")
        manifest = dacite.from_dict(Manifest, data, dacite.Config(cast=[tuple], strict=True))
        if path.name != manifest.file_name or not _NAME.fullmatch(path.name):
            raise ValueError(f"its name should be {manifest.file_name}")
        parts = (manifest.dump.name, manifest.filestore.name)
        if parts != names(manifest.stamp)[1:]:
            raise ValueError("it names files of another backup")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, dacite.DaciteError) as error:
        raise Refused(
            f"{path} is not a manifest that can be trusted: {error}",
            "take another backup (`pipeline environment backup list` lists them)",
        ) from error
    return manifest


def _checksum(data: dict[str, Any]) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
