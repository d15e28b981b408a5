"""The README names what there is."""

from __future__ import annotations

import ast
import dataclasses
import typing
from pathlib import Path

from pipeline.core.environments import NAMES, EnvironmentSettings
from pipeline.core.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_table_and_no_other() -> None:
    named = {line.split("`")[1] for line in README.splitlines() if line.startswith("| `[")}
    sections = {**typing.get_type_hints(Settings), "environments.*": EnvironmentSettings}
    there = {
        f"[{section}] {field.name}"
        for section, kind in sections.items()
        for field in dataclasses.fields(kind)
        if field.name not in NAMES  # sections of the same keys
    }
    assert named == there


def is_function(node: ast.AST) -> bool:
    """Whether a definition carries `@function` or `@function(…)`."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    marks = [getattr(mark, "func", mark) for mark in node.decorator_list]
    return any(getattr(mark, "id", "") == "function" for mark in marks)


def test_every_function_of_the_module_is_in_the_table() -> None:
    functions = {
        node.name.replace("_", "-")
        for file in (ROOT / "ci/src/odoo_mta").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if is_function(node)
    }
    rows = [line for line in README.splitlines() if line.startswith("| `dagger call ")]
    assert functions == {line.split("`dagger call ")[1].split("`")[0].split()[0] for line in rows}
