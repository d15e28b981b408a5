"""The files that lint reads: those of the source that git does not ignore."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

_NOT_SEARCHED = {".git", "node_modules", "__pycache__", "venv", ".venv"}


def readable(root: Path, others: Collection[str] = ()) -> tuple[str, ...]:
    """All files but links, those that git ignores, those of environments and of others; sorted.

    In a container there is no repository to ask, so the .gitignore files are read, in both places.
    """
    paths = _below(root, PurePosixPath(), (), frozenset(others))
    return tuple(sorted(paths))


def _below(
    root: Path,
    folder: PurePosixPath,
    above: tuple[tuple[PurePosixPath, GitIgnoreSpec], ...],
    others: frozenset[str],
) -> Iterator[str]:
    try:
        entries = list(os.scandir(root / folder))
    except OSError:  # git cannot read it either
        return
    if any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    rules = above
    if any(entry.name == ".gitignore" and entry.is_file() for entry in entries):
        lines = (root / folder / ".gitignore").read_text("utf-8", "replace").splitlines()
        rules = (*above, (folder, GitIgnoreSpec.from_lines(lines)))
    for entry in entries:
        path = folder / entry.name
        if entry.is_symlink() or entry.name in _NOT_SEARCHED:
            continue
        if entry.is_dir():
            if str(path) not in others and not _ignored(path, rules, "/"):
                yield from _below(root, path, rules, others)
        elif entry.is_file() and not _ignored(path, rules, ""):
            yield str(path)


def _ignored(
    path: PurePosixPath, rules: tuple[tuple[PurePosixPath, GitIgnoreSpec], ...], end: str
) -> bool:
    """As in git, the nearest .gitignore that says anything about a path decides."""
    for folder, spec in reversed(rules):
        said = spec.check_file(f"{path.relative_to(folder)}{end}").include
        if said is not None:
            return said
    return False
