"""The suites of this repository: what pages and the Dagger module change runs one of them again."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.settings import load
from pipeline.test.suites import Suite, is_declared, make_suites

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def suites() -> tuple[Suite, ...]:
    """All suites; that each test is in one of them is checked on the way."""
    return make_suites(ROOT, load(ROOT).python)


@pytest.mark.parametrize("path", ["README.md", "CHANGELOG.md", "docs", "ci", "tests/e2e"])
def test_one_suite_reads_it(suites: tuple[Suite, ...], path: str) -> None:
    readers = {suite.name for suite in suites if suite.everything or is_declared(path, suite.files)}
    assert readers == {"repository"}


@pytest.mark.parametrize(
    ("room", "expected"),
    [("privacy", "privacy"), ("report", "tests"), ("release", "checks")],
)
def test_a_room_is_read_by_its_own_tests(
    suites: tuple[Suite, ...], room: str, expected: str
) -> None:
    path = f"scripts/pipeline/{room}"
    readers = {suite.name for suite in suites if suite.everything or is_declared(path, suite.files)}
    assert readers == {"repository", expected}
