"""Where the add-ons of a source are: its own, and those of others that it names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from pipeline.core.addons.repos import is_repos_file, repos_folders
from pipeline.core.errors import InputError
from pipeline.core.settings import Settings

MANIFESTS = ("__manifest__.py", "__openerp__.py")
#: How deep add-ons are searched for where no folder is named.
DEPTH = 3
#: Folders with copies or leftovers of add-ons, never add-ons, such as the links in OCA's `setup`.
_NOT_SEARCHED = {"setup", "node_modules", "build", "dist", "venv", "sdk"}


def search(folder: Path, depth: int, named: bool = False) -> list[Path]:
    """The add-ons in a folder; ``named``: it is in the settings, so a dangling link counts as one.

    Like Odoo, it follows links to add-ons, but not to other folders.
    """
    if is_addon(folder):
        return [folder]
    if depth == 0 or (folder / "pyvenv.cfg").is_file():
        return []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(
            f"the folder {folder} cannot be read: {error.strerror}", "correct its permissions"
        ) from error
    found: list[Path] = []
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(".") or entry.name in _NOT_SEARCHED:
            continue
        if not entry.is_symlink():
            found += search(path, depth - 1) if entry.is_dir() else []
        elif is_addon(path) or (named and not path.exists() and not path.suffix):
            found.append(path)
    return found


def is_addon(folder: Path) -> bool:
    """Whether a folder has a manifest."""
    return any((folder / name).is_file() for name in MANIFESTS)


def first_link(root: Path, folder: Path) -> str:
    """The first link on the way from the source to a folder; empty when there is none."""
    path = folder.relative_to(root)
    on_the_way = [path, *path.parents][::-1]
    return next((one.as_posix() for one in on_the_way[1:] if (root / one).is_symlink()), "")


def real_folder(root: Path, folder: Path, *, any_name: bool = False) -> Path:
    """A folder with all links in its path resolved.

    Args:
        root: the source.
        folder: a folder in it.
        any_name: whether the link may have another name, because it is not one to an add-on.

    Raises:
        InputError: a link is dangling, leads outside the source, or to a folder with another name.
    """
    real, top = Path(os.path.realpath(folder)), Path(os.path.realpath(root))
    shown = folder.relative_to(root).as_posix()
    if not real.is_dir() or not real.is_relative_to(top):
        raise InputError(
            f"{shown} is a link to {os.path.realpath(folder)}, which is no folder of the source",
            "check out the submodule that it leads into, fix the link, or remove it",
        )
    if real.name != folder.name and real != top and not any_name:
        raise InputError(
            f"{shown} is a link to an add-on of another name, {real.name}",
            "Odoo would know it by the link's name, reports by the folder's: give both one name",
        )
    return root / real.relative_to(top)


def folders_of_others(root: Path, settings: Settings) -> tuple[str, ...]:
    """The folders of ``[project] dependencies``, relative to the source, sorted; of links also
    their targets. Nothing is checked: that is for whoever reads the add-ons in them.
    """
    found = set(dependency_folders(root, settings))
    top = Path(os.path.realpath(root))
    for name in tuple(found):
        links = [root / name]
        if (root / name).is_dir() and not is_addon(root / name):
            links += [path for path in (root / name).iterdir() if path.is_symlink()]
        for link in links:
            real = Path(os.path.realpath(link))
            if real.is_relative_to(top) and real != top:
                found.add(real.relative_to(top).as_posix())
    return tuple(sorted(found))


def dependency_folders(root: Path, settings: Settings) -> tuple[str, ...]:
    """The folders that ``[project] dependencies`` names, itself or in files of git-aggregator;
    relative to the source, without dots.
    """
    return (*_named_folders(settings), *repos_folders(root, settings))


def _named_folders(settings: Settings) -> Iterator[str]:
    for entry in settings.project.dependencies:
        if not is_repos_file(entry):
            yield PurePosixPath(entry).as_posix()


def copied_folders(root: Path, settings: Settings) -> tuple[str, ...]:
    """The folders that have all add-ons of others: none is a link, none is in another."""
    real = [name for name in folders_of_others(root, settings) if not (root / name).is_symlink()]
    return tuple(name for name in real if not is_in(name, [one for one in real if one != name]))


def is_in(path: str, folders: Iterable[str]) -> bool:
    """Whether a path is one of the folders, or in one of them; all relative to the source."""
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def is_place(folder: str, settings: Settings) -> bool:
    """Whether add-ons are searched for in a folder with a manifest, relative to the source."""
    path = PurePosixPath(folder)
    if is_in(path.as_posix(), tuple(_named_folders(settings))):
        return True
    if settings.project.addons:
        return path in map(PurePosixPath, settings.project.addons) or path.parent in map(
            PurePosixPath, settings.project.addons
        )
    return len(path.parts) <= DEPTH and not any(
        part.startswith(".") or part in _NOT_SEARCHED for part in path.parts
    )
