"""The tests of an add-on, found in its source without running it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.addons.discovery import AddOn
from pipeline.core.results import Finding

#: As in `start_tour`, `browser_js`, `run_pos_tour`, `HOOTCommon`, `QunitCommon`, `WebSuite`.
_BROWSER = re.compile(r"tour|browser_js|hoot|qunit|websuite", re.IGNORECASE)
_PAGES = re.compile(rf"HttpCase|(?i:{_BROWSER.pattern})")


@dataclass(frozen=True)
class Tests:
    """The tests of one add-on.

    Attributes:
        files: number of test files.
        methods: number of test methods in them.
        findings: test files that do not parse, or that Odoo does not run.
    """

    files: int
    methods: int
    findings: tuple[Finding, ...] = ()


def find_tests(root: Path, addon: AddOn) -> Tests:
    """Count the tests of an add-on: methods ``test*`` of classes in ``tests/**/test_*.py``.

    Odoo runs the modules that ``tests/__init__.py`` itself imports, whatever folder they are in.
    """
    folder = root / addon.path / "tests"
    where = "tests" if addon.path == "." else f"{addon.path}/tests"
    files = sorted(path for path in folder.glob("**/test_*.py") if path.is_file())
    findings: list[Finding] = []
    methods = 0
    init = folder / "__init__.py"
    imported = set(_imports(_parse(init))) if init.is_file() else set()
    for path in files:
        name = path.relative_to(folder).as_posix()
        package = ".".join(path.relative_to(folder).parts[:-1])
        tree = _parse(path)
        found = _test_methods(tree)
        methods += found
        if tree is None:
            findings.append(
                Finding(
                    f"{where}/{name}",
                    0,
                    "test-unreadable",
                    "the file does not parse",
                    "fix it",
                )
            )
        elif addon.installable and found and path.stem not in imported:
            findings.append(
                Finding(
                    f"{where}/{name}",
                    0,
                    "test-not-imported",
                    "Odoo does not run these tests: tests/__init__.py does not import them",
                    f"add `from .{package} import {path.stem}` to {where}/__init__.py",
                )
            )
    return Tests(len(files), methods, tuple(findings))


def needs_browser(root: Path, addon: AddOn) -> bool:
    """Whether an add-on's tests may need a browser: by words of its tests, as these need not call
    Odoo's own functions. One too many costs little."""
    return _mentions(root, addon, _BROWSER)


def loads_pages(root: Path, addon: AddOn) -> bool:
    """Whether an add-on's tests may load pages of Odoo, by words of its tests: if one is missed,
    they build what browsers load themselves."""
    return _mentions(root, addon, _PAGES)


def _mentions(root: Path, addon: AddOn, words: re.Pattern[str]) -> bool:
    """Whether an add-on has tests in JavaScript, or such words in those in Python."""
    return (root / addon.path / "static/tests").is_dir() or any(
        words.search(path.read_text(encoding="utf-8", errors="replace"))
        for path in sorted((root / addon.path).glob("tests/**/*.py"))
        if path.is_file()
    )


def _parse(path: Path) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _test_methods(tree: ast.Module | None) -> int:
    return sum(
        isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) and item.name.startswith("test")
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.ClassDef)
        for item in node.body
    )


def _imports(tree: ast.Module | None) -> Iterator[str]:
    """Names of modules that a package's ``__init__`` imports, with any form of import."""
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").rpartition(".")[2]
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name.rpartition(".")[2] for alias in node.names)
