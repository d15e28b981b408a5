"""Add-ons of others that the repository has: on Odoo's path, and neither checked nor tested."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.core.addons.discovery import AddOn, read_addon
from pipeline.core.addons.repos import read_all_repos, unfetched
from pipeline.core.addons.search import (
    DEPTH,
    dependency_folders,
    first_link,
    folders_of_others,
    is_in,
    real_folder,
    search,
)
from pipeline.core.errors import InputError
from pipeline.core.settings import Settings
from pipeline.core.versions import series
from pipeline.core.wording import counted, some_of

_SETTING = "[project] dependencies"
_SUBMODULE = re.compile(r"^\s*path\s*=\s*\"?(.*?)\"?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Dependency(AddOn):
    """An add-on of others.

    Attributes:
        entry: the folder of ``[project] dependencies`` that it is in.
    """

    entry: str = ""


def read_dependency(root: Path, folder: Path, link: str = "", entry: str = "") -> Dependency:
    """Read the add-on of others in a folder. Raises InputError when it has no manifest."""
    addon = read_addon(root, folder)
    fields = {one.name: getattr(addon, one.name) for one in dataclasses.fields(AddOn)}
    return Dependency(**{**fields, "link": link}, entry=entry)


def discover_dependencies(
    root: Path, settings: Settings, own: Sequence[AddOn] = ()
) -> tuple[Dependency, ...]:
    """The add-ons that ``[project] dependencies`` names, sorted by name.

    Args:
        root: the source.
        settings: its settings.
        own: the add-ons of the repository.

    Raises:
        InputError: a named folder is missing or has no add-on, a link leads out of the source, two
            add-ons have one name, or a file of git-aggregator cannot be read.
    """
    found: dict[Path, Dependency] = {}
    repos = read_all_repos(root, settings)
    for repo in unfetched(root, repos):
        raise InputError(
            f"{repo.folder}, which {repo.file} fills, is not there",
            f"run `gitaggregate -c {repo.file}`, as `dagger call` does in a container",
        )
    for entry in dependency_folders(root, settings):
        for folder, link in _folders(root, entry):
            found.setdefault(folder, read_dependency(root, folder, link, entry))
    for name, places in _repeated((*own, *found.values())):
        raise InputError(
            f"the add-on {name} exists {len(places)} times: {', '.join(places)}",
            f"Odoo would load only one of them: remove the others, or name in {_SETTING} only the "
            "folders of the add-ons that are wanted",
        )
    return tuple(sorted(found.values(), key=lambda addon: addon.name))


def _folders(root: Path, entry: str) -> Iterator[tuple[Path, str]]:
    """The add-ons' folders of an entry, without links, and the link that led to each."""
    place = root / entry
    if not place.exists() and not place.is_symlink():
        raise InputError(
            f"{entry}, a dependency that pipeline.toml names, does not exist",
            f"fix {_SETTING}, or check out the submodule (`git submodule update --init`)",
        )
    first = first_link(root, place)
    if not first and not place.is_dir():
        raise InputError(
            f"{entry}, a dependency that pipeline.toml names, is not a folder",
            f"name the folder that the add-ons are in ({_SETTING})",
        )
    real = real_folder(root, place, any_name=True) if first else place
    below = search(real, DEPTH, named=True)
    if not below:
        raise InputError(
            f"there are no add-ons in {entry}, a dependency that pipeline.toml names",
            "check out the submodule (`git submodule update --init`), or fix " + _SETTING,
        )
    for folder in below:
        link = first_link(root, folder)
        yield (real_folder(root, folder) if link else folder), link or first


def check_series(needed: Iterable[AddOn], of_repository: str) -> None:
    """Raise InputError for an add-on of others that is for another series of Odoo."""
    for addon in needed:
        found = series.in_version(addon.version)
        if isinstance(addon, Dependency) and found and found != of_repository:
            raise InputError(
                f"{addon.manifest_path} is for Odoo {found} (version {addon.version}), and the "
                f"repository's add-ons are for {of_repository}",
                f"check out the branch {of_repository} in {addon.entry}",
            )


def unlisted(root: Path, settings: Settings, own: Sequence[AddOn]) -> tuple[str, ...]:
    """Folders with add-ons that are neither the repository's own nor named as those of others.

    Without ``[project] addons`` those in submodules count, too: they are tested, and may be of
    others.

    Args:
        root: the source.
        settings: its settings.
        own: the add-ons of the repository.
    """
    known = {addon.path for addon in own}
    if not settings.project.addons:
        inside = submodules(root)
        known = {path for path in known if not is_in(path, inside)}
    others = folders_of_others(root, settings)
    found = (path.relative_to(root).as_posix() for path in search(root, DEPTH))
    return tuple(
        path
        for path in sorted(found)
        if path not in known and not is_in(path, others) and not (root / path).is_symlink()
    )


def submodules(root: Path) -> tuple[str, ...]:
    """The folders of the source's submodules."""
    file = root / ".gitmodules"
    if not file.is_file():
        return ()
    return tuple(_SUBMODULE.findall(file.read_text(encoding="utf-8", errors="replace")))


def question(folders: Sequence[str]) -> str:
    """One line that asks about add-ons that are listed nowhere; empty when there are none."""
    if not folders:
        return ""
    parents = sorted({PurePosixPath(folder).parent.as_posix() for folder in folders})
    places = [folder for parent in parents for folder in _shown(parent, folders)]
    return (
        f"{counted(len(folders), 'add-on')} in {some_of(places, 3)} listed nowhere: "
        f"of others ({_SETTING}) or yours ([project] addons)?"
    )


def _shown(parent: str, folders: Sequence[str]) -> list[str]:
    """The folder that add-ons are in; at the root the add-ons themselves."""
    return [parent] if parent != "." else [one for one in folders if "/" not in one]


def _repeated(addons: Iterable[AddOn]) -> Iterator[tuple[str, list[str]]]:
    places: dict[str, list[str]] = {}
    for addon in addons:
        places.setdefault(addon.name, []).append(addon.path)
    return ((name, paths) for name, paths in places.items() if len(paths) > 1)
