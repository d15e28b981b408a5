"""The README names what there is."""

from __future__ import annotations

import ast
import dataclasses
import typing
from pathlib import Path

from pipeline.environments import NAMES, EnvironmentSettings
from pipeline.settings import Settings

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


def test_every_function_of_the_module_is_in_the_table() -> None:
    source = (ROOT / "ci/src/odoo_mta/main.py").read_text(encoding="utf-8")
    functions = {
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.AsyncFunctionDef)
        and any(getattr(mark, "id", "") == "function" for mark in node.decorator_list)
    }
    rows = [line for line in README.splitlines() if line.startswith("| `dagger call ")]
    assert functions == {line.split("`dagger call ")[1].split("`")[0].split()[0] for line in rows}
