"""Test files of any two folders can be on one command line.

pytest puts the folder of each file on Python's path, so a name there means one file only; and
`conftest` is whichever was loaded last.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[3]
#: Without the Dagger module of the bed, which the engine alone loads.
FILES = sorted(path for path in TESTS.rglob("*.py") if "src" not in path.relative_to(TESTS).parts)


def test_no_two_modules_have_one_name() -> None:
    """Neither modules nor the packages of helpers, whose own modules are not on the path."""
    folders = {path.parent for path in FILES if path.name == "__init__.py"}
    names = Counter(path.stem for path in FILES if path.parent not in folders)
    names.update(folder.name for folder in folders)
    assert {name for name, count in names.items() if count > 1} == {"conftest"}


def test_nothing_is_imported_from_a_conftest_file() -> None:
    found = {
        str(path.relative_to(TESTS))
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and node.module == "conftest")
        or (isinstance(node, ast.Import) and any(one.name == "conftest" for one in node.names))
    }
    assert found == set()
