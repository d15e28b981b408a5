"""A report of tests that pytest really ran, in a real git checkout."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from junitparser import JUnitXml

from pipeline.core.results import Status, StepResult, write_result

TESTS = """
import pytest


def test_fine():
    assert 1 + 1 == 2


def test_wrong():
    print("\\x1b[31mred\\x1b[0m")
    assert "<b>" == "</script>"


@pytest.mark.parametrize("value", ["<img src=x>", "\\x1b[0m", "a|b"])
def test_odd(value):
    pass


@pytest.fixture
def broken():
    raise RuntimeError("no database")


def test_broken(broken):
    pass


@pytest.mark.skip(reason="needs <a browser>")
def test_portal():
    pass
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkout with one add-on, and results of a pytest run next to it."""
    source, results = tmp_path / "source", tmp_path / "results"
    (source / "contract").mkdir(parents=True)
    (source / "contract" / "__manifest__.py").write_text('{"version": "19.0.1.0.0"}')
    (source / "pipeline.toml").write_text('[project]\nname = "field-service"\n')
    (source / "tests").mkdir()
    (source / "tests" / "test_it.py").write_text(TESTS)
    for arguments in (("init", "-q", "."), ("add", "-A"), ("commit", "-q", "-m", "Visits <now>")):
        identity = ("-c", "user.name=T", "-c", "user.email=t@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=source, check=True)
    results.mkdir()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    subprocess.run([*command, f"--junitxml={results / 'junit-python.xml'}"], cwd=source)
    write_result(StepResult("test-python", Status.FAILED, "7 tests, 2 failed"), results)
    return tmp_path


def test_the_report_shows_what_pytest_found(
    place: Path, run_pipeline: Callable[..., tuple[int, str]]
) -> None:
    source, output = place / "source", place / "report"
    code, printed = run_pipeline(
        "report", "write", "--source", source, "--results", place / "results", "--output", output
    )
    assert code == 0
    assert printed.endswith("index.html: FAILED: 1 of 1 step: test-python\n")
    merged = JUnitXml.fromfile(str(output / "junit.xml"))
    assert (merged.tests, merged.failures, merged.errors, merged.skipped) == (7, 1, 1, 1)
    assert [suite.name for suite in merged] == ["python"]
    page = (output / "index.html").read_text(encoding="utf-8")
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=source, check=True, capture_output=True, text=True
    )
    assert head.stdout.strip() in page
    for shown in (
        "field-service",
        "Visits &lt;now&gt;",
        "RuntimeError: no database",
        "test_odd[&lt;img src=x&gt;]",
        "needs &lt;a browser&gt;",
    ):
        assert shown in page
    assert "<img" not in page
    assert "x1B" not in page
