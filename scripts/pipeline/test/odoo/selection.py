"""Test files that Odoo would silently leave out."""

from __future__ import annotations

import ast
from collections.abc import Collection
from pathlib import Path

from pipeline.core.results import Finding


def test_files(addon: Path) -> tuple[str, ...]:
    """Files of an add-on with tests for Odoo, also in subfolders: relative paths, sorted."""
    return tuple(
        path.relative_to(addon).as_posix()
        for path in sorted(addon.glob("tests/**/test_*.py"))
        if path.is_file() and _has_tests(path)
    )


def left_out(
    folder: str, files: Collection[str], imported: Collection[str], tests_ran: bool
) -> list[Finding]:
    """Findings about tests that exist and did not run.

    Args:
        folder: the add-on's folder, relative to the source.
        files: its test files, relative to that folder.
        imported: names of its test modules that were imported, such as ``test_a``, ``deep.test_b``.
        tests_ran: whether any test ran at all.
    """
    found = []
    for file in files:
        *folders, module = Path(file).with_suffix("").parts[1:]
        if ".".join([*folders, module]) not in imported:
            found.append(
                Finding(
                    f"{folder}/{file}",
                    0,
                    "tests-not-imported",
                    "its tests never run: it is not imported",
                    f"add `from .{'.'.join(folders)} import {module}` to "
                    f"{folder}/tests/__init__.py",
                )
            )
    if files and not found and not tests_ran:
        found.append(
            Finding(
                f"{folder}/tests",
                0,
                "no-test-ran",
                "there are tests, but none of them ran",
                "tests tagged `-standard` do not run: tag at least one `standard`, or remove them",
            )
        )
    return found


def _has_tests(path: Path) -> bool:
    """Whether a file has a class with a test method; one that does not parse counts as well."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return True
    return any(
        isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) and item.name.startswith("test")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for item in node.body
    )
