"""The README names what there is."""

from __future__ import annotations

import dataclasses
import typing
from pathlib import Path

from dagger_module import calls, functions, objects
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


def test_every_function_of_the_module_is_in_the_table() -> None:
    """What leads to others, such as `uat`, has a row for each of these."""
    wanted = {path for path, function in functions().items() if function.returns not in objects()}
    rows = [line for line in README.splitlines() if line.startswith("| `dagger call ")]
    found = set()
    for line in rows:
        words = line.split("`dagger call ")[1].split("`")[0].split()
        found |= {call.path for call in calls(words) if call.function.returns not in objects()}
    both = {path.replace("uat ", "prod ", 1) for path in found if path.startswith("uat ")}
    found |= both & set(functions())
    assert wanted == found
