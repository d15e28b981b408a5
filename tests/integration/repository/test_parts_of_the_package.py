"""The files that prepare the database, and those that run a suite: all needed ones, few others."""

from __future__ import annotations

import ast
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.process import run

ROOT = Path(__file__).parents[3]
SCRIPTS = ROOT / "scripts"
PREPARING, RUNNING = "pipeline.cli.test.prepare_database", "pipeline.cli.test.python"
SUITE = """
[python]
paths = ["tests"]
packages = ["code_base"]
[python.suites.fast]
paths = ["tests"]
workers = 2
"""


def constant(name: str) -> Any:
    """A constant of the Dagger module, which cannot be imported without Dagger."""
    path = ROOT / "ci/src/odoo_mta/engine/containers.py"
    (value,) = (
        ast.literal_eval(node.value)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    )
    return value


def listed(command: str) -> list[str]:
    """What the Dagger module's script lists."""
    script = constant("LISTING")
    done = run((sys.executable, "-c", script, command), env={"PYTHONPATH": str(SCRIPTS)})
    return [Path(file).relative_to(SCRIPTS).as_posix() for file in done.stdout.split()]


def pipeline_of(names: list[str], place: Path, *arguments: object) -> str:
    """Run a command with these files of the package alone."""
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SCRIPTS / name, place / name)
    entry = "from pipeline.cli.main import main; main()"
    return run(
        (sys.executable, "-c", entry, *map(str, arguments)),
        cwd=place,
        env={"PYTHONPATH": str(place), "PYTHONSAFEPATH": ""},
    ).stdout


def test_the_database_can_be_prepared_with_these_files_alone(tmp_path: Path) -> None:
    said = pipeline_of(listed(PREPARING), tmp_path, "test", "prepare-database", "--help")
    assert "Install modules of Odoo" in said


def test_a_suite_can_be_run_with_these_files_alone(tmp_path: Path) -> None:
    inside = SCRIPTS.glob(constant("_INSIDE").removesuffix("**") + "*.py")
    names = [*listed(RUNNING), *(path.relative_to(SCRIPTS).as_posix() for path in inside)]
    source = tmp_path / "source"
    for name, text in {
        "tests/test_it.py": "from code_base import one\n\ndef test_it():\n    assert one() == 1\n",
        "code_base/__init__.py": "def one():\n    return 1\n",
    }.items():
        (source / name).parent.mkdir(parents=True)
        (source / name).write_text(text)
    settings, output = tmp_path / "suite.toml", tmp_path / "output"
    settings.write_text(SUITE)
    options = ("--source", source, "--suite", "fast", "--settings", settings, "--output", output)
    said = pipeline_of(names, tmp_path / "package", "test", "python", *options)
    assert "test-python-fast" in said and "1 test" in said
    made = {path.name for path in output.iterdir()}
    assert {"coverage-python-fast", "junit-python-fast.xml", "log-python-fast.txt"} <= made


@pytest.mark.parametrize(
    ("command", "needed", "most"),
    [
        (PREPARING, "pipeline/test/odoo/prepare.py", 40),
        (RUNNING, "pipeline/test/python/runner.py", 65),
    ],
)
def test_a_change_of_another_stage_changes_none(command: str, needed: str, most: int) -> None:
    names = listed(command)
    assert needed in names
    rooms = {name.split("/")[1] for name in names}
    assert not rooms & {"check", "environment", "image", "privacy", "release", "remote", "report"}
    assert len(names) < most
