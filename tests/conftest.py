"""Fixtures for all tests: small and general."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import settings

from matrix_levels import LEVELS, PLACES
from pipeline.cli.main import cli
from pipeline.core.errors import PipelineError
from pipeline.core.process import run as run_program

# The same examples each time, as many as a test says, on however slow a machine.
settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
settings.load_profile("fixed")

pytest_plugins = ["bed_fixtures", "bed_project", "bed_stage"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of the matrix of faults; the levels are explained in docs/faults.md."""
    parser.addoption(
        "--matrix", choices=LEVELS, default=PLACES, help="part of the matrix of faults"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs an engine where there is none, and what takes minutes.

    Not when `-m` names it, as `make test` and `make faults` do.
    """
    named = config.option.markexpr or ""
    left_out = {"faults"} if _engine() else {"faults", "engine"}
    left_out -= {mark for mark in left_out if mark in named}
    kept = [item for item in items if not left_out & {mark.name for mark in item.iter_markers()}]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _engine() -> bool:
    if shutil.which("dagger") is None:
        return False
    if os.environ.get("_EXPERIMENTAL_DAGGER_RUNNER_HOST"):
        return True
    docker = shutil.which("docker")
    asked = docker and subprocess.run([docker, "info"], capture_output=True, timeout=30)
    return bool(asked) and asked.returncode == 0


@pytest.fixture
def run_pipeline() -> Callable[..., tuple[int, str]]:
    """Run a command of the pipeline in this process: exit code, and all that it printed."""

    def run(*arguments: object) -> tuple[int, str]:
        answer = CliRunner().invoke(cli, [str(argument) for argument in arguments])
        error = answer.exception
        if isinstance(error, PipelineError):
            return error.exit_code, f"{answer.output}error: {error}\n"
        if error is not None and not isinstance(error, SystemExit):
            raise error
        return answer.exit_code, answer.output

    return run


@pytest.fixture
def make_addon(tmp_path: Path) -> Callable[..., Path]:
    """Write an add-on below ``tmp_path`` and return its folder.

    ``make_addon("folder/name", manifest, {"views/a.xml": "..."})``: the manifest is text, or a dict
    whose keys are added to those that every add-on must have (None removes one).
    """

    def make(path: str, manifest: dict[str, object] | str = {}, files: dict[str, str] = {}) -> Path:
        folder = tmp_path / path
        folder.mkdir(parents=True)
        if not isinstance(manifest, str):
            keys = {
                "name": folder.name,
                "version": "19.0.1.0.0",
                "license": "LGPL-3",
                "author": "Testers",
                "depends": ["base"],
                **manifest,
            }
            lines = [f"    {k!r}: {v!r},\n" for k, v in keys.items() if v is not None]
            manifest = "{\n" + "".join(lines) + "}\n"
        for name, text in {"__init__.py": "", "__manifest__.py": manifest, **files}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def git_in() -> Callable[..., str]:
    """Run git in a folder as a test's author, and return what it prints."""

    def run(folder: Path, *arguments: str) -> str:
        author = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
        dates = {key: value for key, value in os.environ.items() if key.startswith("GIT_")}
        return run_program(("git", *author, *arguments), cwd=folder, env=dates).stdout.strip()

    return run
