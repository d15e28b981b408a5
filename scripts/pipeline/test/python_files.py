"""Which files have tests, by their names and their text: independent of what pytest collects."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pipeline.core.addons.search import MANIFESTS

_NOT_SEARCHED = {"node_modules", "__pycache__", "build", "dist", "venv"}


def files_of_tests(root: Path, path: str) -> Iterator[str]:
    """Files that pytest collects by default in a file or folder, except those of add-ons; both
    relative to ``root``.
    """
    if (root / path).is_file():
        yield PurePosixPath(path).as_posix()
    for place, folders, names in os.walk(root / path):
        if {*MANIFESTS, "pyvenv.cfg"} & set(names):
            folders.clear()
            continue
        folders[:] = [one for one in folders if one not in _NOT_SEARCHED and one[0] != "."]
        here = Path(place).relative_to(root)
        for name in names:
            if name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")):
                yield (here / name).as_posix()


def has_tests(path: Path) -> bool:
    """Whether a file has names that pytest collects; pytest reports one that does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError, OSError):
        return False
    return any(
        _is_test(node)
        or (
            isinstance(node, ast.ClassDef)
            and (node.name.startswith("Test") or "TestCase" in map(_last_name, node.bases))
            and any(_is_test(part) for part in node.body)
        )
        for node in tree.body
    )


def _is_test(node: ast.AST) -> bool:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, functions) and node.name.startswith("test")


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
