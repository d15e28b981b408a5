"""The walls between the rooms of this repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import tomli
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[4]
PACKAGE = ROOT / "scripts" / "pipeline"


def test_the_contracts_between_the_rooms_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    kept = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0
    assert kept, capsys.readouterr().out


def test_each_contract_is_about_something_that_is_there() -> None:
    """A wall around a room that was renamed holds nothing: layers are folders or modules."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomli.load(file)["tool"]["importlinter"]["contracts"]
    layers = [contract for contract in contracts if contract["type"] == "layers"]
    for contract in layers:
        for container in contract["containers"]:
            folder = PACKAGE.parent.joinpath(*container.split("."))
            names = {name.strip() for row in contract["layers"] for name in row.split("|")}
            there = {path.stem for path in folder.iterdir() if not path.name.startswith("__")}
            assert names <= there and contract["exhaustive"], contract["id"]
    assert {"pipeline", "pipeline.core"} <= {c for row in layers for c in row["containers"]}


def test_no_folder_holds_more_than_a_dozen() -> None:
    """From `ls` alone someone knows what lives where: a dozen names or so."""
    folders = [PACKAGE, *(path for path in PACKAGE.rglob("*") if path.is_dir())]
    crowded = {
        folder.relative_to(ROOT).as_posix(): len(names)
        for folder in folders
        if folder.name not in ("__pycache__", "declarations")
        and len(names := [p for p in folder.iterdir() if not p.name.startswith("__")]) > 14
    }
    assert crowded == {}


@pytest.mark.parametrize("name", ["prepare_database", "addon"])
def test_what_runs_next_to_odoo_needs_only_the_packages_of_its_container(name: str) -> None:
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
    script = f"import sys; sys.modules.update(dict.fromkeys({others!r}))"
    script += f"; import pipeline.cli.test.{name}"
    path = {"PYTHONPATH": str(PACKAGE.parent), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", script], env=path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
