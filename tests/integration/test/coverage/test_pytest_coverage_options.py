"""Coverage as developers type it, and what it must not do to the pipeline's own measurement."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import CoverageData

from pipeline.core.settings import PythonSettings, Settings
from pipeline.test.python.runner import test_python as run_tests

ROOT = Path(__file__).parents[4]


@pytest.fixture
def clean_environment() -> dict[str, str]:
    """The environment without what a coverage that measures this process has put there."""
    return {name: value for name, value in os.environ.items() if "COV" not in name}


@pytest.mark.parametrize("command", [(), ("--cov",)])
def test_an_html_report_needs_one_option(
    tmp_path: Path, clean_environment: dict[str, str], command: tuple[str, ...]
) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text(
        "from pipeline.test.coverage.numbers import percent\n\n"
        "def test_percent():\n    assert percent(1, 2) == 50\n"
    )
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *command, "--cov-report=html"],
        cwd=tmp_path,
        env=clean_environment,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    index = (tmp_path / "htmlcov" / "index.html").read_text()
    assert "numbers.py" in index


def test_cov_in_a_projects_own_options_does_not_empty_the_measurement(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --cov --cov-fail-under=100\n")
    (tmp_path / "code_base").mkdir()
    (tmp_path / "code_base" / "__init__.py").touch()
    (tmp_path / "code_base" / "logic.py").write_text("def one():\n    return 1\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text(
        "from code_base.logic import one\n\ndef test_one():\n    assert one() == 1\n"
    )
    settings = Settings(python=PythonSettings(paths=("tests",), packages=("code_base",)))
    outcome = run_tests(tmp_path, settings, tmp_path / "out")
    assert outcome.findings == ()
    data = CoverageData(basename=str(tmp_path / "out" / "coverage-python"))
    data.read()
    lines = data.lines("code_base/logic.py")
    data.close()
    assert lines == [1, 2]
