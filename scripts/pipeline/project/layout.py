"""The properties of a repository that its new files depend on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.core.addons.discovery import AddOn, discover, series_of
from pipeline.core.addons.requirements import lines
from pipeline.core.addons.search import copied_folders
from pipeline.core.errors import InputError
from pipeline.core.settings import FILE_NAME, load
from pipeline.core.versions.series import known_series

#: The folder for add-ons in a repository that has none yet.
FIRST_FOLDER = "odoo_addons"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True)
class Layout:
    """A repository.

    Attributes:
        name: short name of the project.
        series: Odoo series, one of those in :mod:`pipeline.core.versions.series`.
        folders: folders that contain add-ons; ``.`` is the root.
        addons: paths of the installable add-ons.
        dependencies: folders with add-ons of others.
        hashed: whether requirements.txt pins its packages with hashes, as a new one will.
        existing: existing files at the root.
    """

    name: str
    series: str
    folders: tuple[str, ...]
    addons: tuple[str, ...]
    hashed: bool
    existing: frozenset[str]
    dependencies: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """The name in databases."""
        return self.name.removeprefix("odoo-")

    @property
    def at_root(self) -> bool:
        """Whether the add-ons are at the root, as in OCA's repositories."""
        return self.folders == (".",)

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the installable add-ons."""
        return tuple(PurePosixPath(path).name for path in self.addons)


def look(root: Path, name: str, series: str | None) -> Layout:
    """Inspect a repository.

    Args:
        root: the repository.
        name: short name for the project.
        series: Odoo series; None: taken from the add-ons' versions.

    Raises:
        InputError: an invalid name or series, or an unknown series.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is not a project name", "use lower-case letters, digits and `-`"
        )
    if series is not None:
        known_series(series, "--series")
    if not root.is_dir():
        raise InputError(f"the source {root} is not a directory", "check --source")
    files = {path.name for path in root.iterdir() if path.is_file()}
    addons = _addons(root)
    folders = {PurePosixPath(addon.path).parent.as_posix() for addon in addons}
    found = series or load(root).project.series
    if found is None and not addons:
        raise InputError(
            "the Odoo series is unknown: there is no add-on yet", 'set it, as in --series "19.0"'
        )
    return Layout(
        name,
        found or series_of(addons, load(root)),
        tuple(sorted(folders)) or (FIRST_FOLDER,),
        tuple(addon.path for addon in addons if addon.installable),
        _hashed(root / "requirements.txt"),
        frozenset(files),
        copied_folders(root, load(root)),
    )


def _addons(root: Path) -> tuple[AddOn, ...]:
    try:
        return discover(root, load(root))
    except InputError:
        if (root / FILE_NAME).exists():  # which names their folders: report a mistake in it
            raise
        return ()


def _hashed(requirements: Path) -> bool:
    if not requirements.is_file():
        return True
    wanted = [line for line in lines(requirements.read_bytes()) if not line.startswith("-")]
    return not wanted or any("--hash=" in line for line in wanted)
