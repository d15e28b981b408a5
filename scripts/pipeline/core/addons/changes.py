"""What changed since a branch forked off, and which add-ons that affects."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from pipeline.core import git
from pipeline.core.addons.discovery import AddOn
from pipeline.core.addons.graph import owners
from pipeline.core.addons.search import MANIFESTS

#: Always shared, whatever the settings list: how, where and with what every add-on is tested.
SHARED = ("pipeline.toml", "Dockerfile", "dagger.json", ".github/workflows")


@dataclass(frozen=True)
class Changes:
    """What differs from the merge base.

    Attributes:
        paths: files and links, also those in submodules; a submodule whose earlier content is not
            available locally counts as one path.
        gone: names of add-ons that were removed.
        blind: submodules that were removed: what they contained is unknown.
    """

    paths: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    blind: tuple[str, ...] = ()


def since(root: Path, ref: str) -> Changes:
    """What differs between the merge base with ``ref`` and the work tree, new files included.

    Raises:
        InputError: no such reference, or no common history.
    """
    found = list(_differences(root, git.merge_base(root, ref)))
    return Changes(
        frozenset(one.path for one in found),
        frozenset(name for one in found if not one.now for name in _names(one.path)),
        tuple(one.path for one in found if one.before == git.SUBMODULE and not one.now),
    )


def concerned(root: Path, addons: Sequence[AddOn], changes: Changes) -> set[str]:
    """The add-ons that differ, by name, and the names of removed ones.

    A changed link affects the add-on it points to now; a link inside an add-on affects that add-on
    when its target changed.
    """
    links = (path for path in changes.paths if (root / path).is_symlink())
    leading = [target(root, path) for path in links if not owners(addons, [path])]
    followed = (
        link
        for link in git.tracked_links(root)
        if owners(addons, [link]) and touched(root, [link], changes)
    )
    paths = {*changes.paths, *followed, *filter(None, leading)}
    return {*owners(addons, paths), *changes.gone}


def touched(root: Path, places: Iterable[str], changes: Changes) -> bool:
    """Whether one of these files or folders, or the target of one that is a link, differs."""
    wanted = {*places, *(target(root, place) or place for place in places)}
    return any(_meets(path, place) for place in wanted for path in changes.paths)


def target(root: Path, path: str) -> str | None:
    """A path with its links resolved, relative to the source; None: it leads outside."""
    found = os.path.relpath(os.path.realpath(root / path), os.path.realpath(root))
    return None if found == ".." or found.startswith("../") else found


def _differences(root: Path, commit: str) -> Iterator[git.Difference]:
    for path in git.new_files(root):
        yield git.Difference(path, "", "100644", "")
    for one in git.differences(root, commit):
        folder = root / one.path
        if one.now == git.SUBMODULE == one.before and (folder / ".git").exists():
            if git.exists(folder, one.commit):
                for inner in _differences(folder, one.commit):
                    yield replace(inner, path=f"{one.path}/{inner.path}")
                continue
        yield one


def _names(path: str) -> Iterator[str]:
    """Possible former names of an add-on: of its manifest's folder, a link or a submodule."""
    pure = PurePosixPath(path)
    if pure.name in MANIFESTS:
        yield pure.parent.name
    elif not pure.suffix:
        yield pure.name


def _meets(path: str, place: str) -> bool:
    """Whether two paths are equal or one contains the other."""
    return path == place or path.startswith(f"{place}/") or place.startswith(f"{path}/")
