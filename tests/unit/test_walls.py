"""The walls between the rooms of this repository."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from pipeline.cli import COMMANDS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "scripts" / "pipeline"


def imported(folder: Path) -> Iterator[tuple[str, str]]:
    """Each file below a folder with the top-level packages that it imports."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            for name in names:
                yield file.relative_to(ROOT).as_posix(), name.split(".")[0]


def test_the_logic_knows_no_dagger() -> None:
    found = list(imported(PACKAGE))
    assert [file for file, name in found if name in ("dagger", "odoo_mta")] == []
    assert ("scripts/pipeline/cli.py", "click") in found


def test_the_module_does_not_import_the_logic() -> None:
    found = list(imported(ROOT / "ci" / "src"))
    assert [file for file, name in found if name == "pipeline"] == []
    assert ("ci/src/odoo_mta/main.py", "dagger") in found


def test_one_package_runs_programs() -> None:
    programs = ("subprocess", "pty", "popen2")
    users = {file.rpartition("/")[0] for file, name in imported(PACKAGE) if name in programs}
    assert users == {"scripts/pipeline/core/process"}


def test_one_module_opens_ssh_connections() -> None:
    users = {file for file, name in imported(PACKAGE) if name == "paramiko"}
    assert users == {"scripts/pipeline/remote/ssh.py"}


@pytest.mark.parametrize("name", ["prepare-database", "test-addon"])
def test_what_runs_beside_odoo_needs_the_packages_of_its_container_alone(name: str) -> None:
    lock = (ROOT / "scripts/requirements/core.lock").read_text(encoding="utf-8")
    there = {name.lower() for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    others = sorted(
        package
        for package, distributions in packages_distributions().items()
        if not there & {name.lower() for name in distributions}
        and not {"pip", "setuptools", "odoo-mta-pipeline"} & {*distributions}
        and package != "pipeline"
    )
    assert "pathspec" in others and "click" not in others
    script = f"import sys; sys.modules.update(dict.fromkeys({others!r})); import {COMMANDS[name]}"
    path = {"PYTHONPATH": str(PACKAGE.parent), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", script], env=path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
