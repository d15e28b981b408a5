"""The working tree: files that git does not ignore, or every file if there is no git."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.check.secrets.loaded import DataFiles
from pipeline.check.secrets.rules.hits import Hit
from pipeline.check.secrets.scanner import LARGEST, Scanner, as_utf8, is_binary
from pipeline.core import git
from pipeline.core.addons.search import is_in


@dataclass
class ScannedTree:
    """What a scan of the tree saw: hits by path, numbers of files, and paths left out."""

    hits: dict[str, list[Hit]] = field(default_factory=dict)
    files: int = 0
    binary: int = 0
    too_big: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    nested: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def scan_tree(
    root: Path,
    checkout: bool,
    ignored: frozenset[str],
    others: Collection[str] = (),
    doubtful: bool = False,
) -> ScannedTree:
    """Scan the files below ``root``.

    Args:
        root: where the source is.
        checkout: whether git decides which files count.
        ignored: paths that are not scanned.
        others: folders with add-ons of others, which are not scanned.
        doubtful: whether the doubtful secrets are wanted too.
    """
    scanner, result, files = Scanner(), ScannedTree(), DataFiles(root)

    def scan(data: bytes, path: str) -> list[Hit]:
        of_addon = path.endswith((".xml", ".csv"))
        loaded = files.in_production(path) if of_addon else None
        return scanner.scan(data, path, doubtful=doubtful, weak=True, loaded=loaded)

    for path in _git_paths(root) if checkout else _all_paths(root):
        if path not in ignored and not is_in(path.rstrip("/"), others):
            _scan_file(root, path, scan, result)
    return result


def _scan_file(
    root: Path, path: str, scan: Callable[[bytes, str], list[Hit]], result: ScannedTree
) -> None:
    full = root / path
    try:
        mode = full.lstat()
        if stat.S_ISLNK(mode.st_mode):  # its target is scanned where it is, if it is in the tree
            result.links.append(path)
        elif stat.S_ISDIR(mode.st_mode):
            result.nested.append(path.rstrip("/"))
        elif stat.S_ISREG(mode.st_mode):
            result.files += 1
            if mode.st_size > LARGEST:
                result.too_big.append(path)
                return
            data = full.read_bytes()
            result.binary += is_binary(as_utf8(data))
            hits = scan(data, path)
            if hits:
                result.hits[path] = hits
    except FileNotFoundError:
        pass  # deleted, but git's index still has it
    except OSError:
        result.unreadable.append(path)


def _git_paths(root: Path) -> list[str]:
    with git.talk(root, "ls-files", "-z", "--cached", "--others", git.IGNORED) as process:
        assert process.stdout
        listed = process.stdout.read()
    return sorted({os.fsdecode(path) for path in listed.split(b"\0") if path})


def _all_paths(root: Path) -> list[str]:
    found = []
    for folder, folders, files in os.walk(root):
        if ".git" in folders:
            folders.remove(".git")
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in (*files, *links):
            found.append(os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/"))
    return sorted(found)
