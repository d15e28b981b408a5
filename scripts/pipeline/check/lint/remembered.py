"""Run a tool on what is not known to be clean."""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline.check.clean import CleanCache, cache_key, code_version
from pipeline.check.lint.groups import Group, Tree
from pipeline.check.lint.plan import Run
from pipeline.check.lint.run import run_tool
from pipeline.core.results import Finding


def clean_cache(directory: Path | None) -> CleanCache:
    """What is known to be clean, by this version of lint; ``directory`` as for the cache."""
    return CleanCache(directory, code_version(Path(__file__).parent, "lint", sys.version))


def run_on_changed(
    run: Run, tree: Tree, environments: Path, known: CleanCache | None
) -> tuple[tuple[Finding, ...], tuple[bytes, ...]]:
    """The findings of a tool, and the keys of what is clean.

    Args:
        run: the tool.
        tree: the source.
        environments: as for :func:`pipeline.check.lint.lint`.
        known: what is clean already; None: everything is read, and nothing has a key.
    """
    groups = tree.groups(run)
    keys = {group: _key(run, tree, group) for group in groups} if known is not None else {}
    left = [group for group in groups if known is None or keys[group] not in known]
    if not left:
        return (), ()
    # black keeps account of its files by itself, in what it is told is its folder.
    folder = known.directory if known is not None else None
    own = {"BLACK_CACHE_DIR": str(folder / "black")} if folder else {}
    files = [path for one in left for path in one.files]
    found = run_tool(run, tree.root, environments, files, own)
    return found, tuple(keys[one] for one in left if keys and not one.has(found))


def _key(run: Run, tree: Tree, group: Group) -> bytes:
    said = (run.tool.name, run.version, *run.requirements, *run.tool.checking, *run.arguments)
    return cache_key(repr((said, group.files)), tree.configuration, tree.digest(group))
