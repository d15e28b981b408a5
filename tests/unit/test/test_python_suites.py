"""Suites: each test in exactly one, and the files that each gets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import InputError
from pipeline.core.settings import PythonSettings, loads
from pipeline.core.settings.suites import SuiteSettings
from pipeline.test.plan import make_plan
from pipeline.test.shards import Shard
from pipeline.test.suites import is_declared, make_suites, settings_of

TEST = "def test_it(): pass\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Tests of two folders, one of them with what pytest reads above them."""
    for name in ("tests/fast/deep/test_a.py", "tests/slow/test_b.py"):
        write(tmp_path, name, TEST)
    write(tmp_path, "tests/fast/test_helpers_without_tests.py", "def helper(): pass\n")
    for name in ("pyproject.toml", "tests/conftest.py", "tests/fast/__init__.py", "docs/a.md"):
        write(tmp_path, name)
    write(tmp_path, "tests/slow/conftest.py")
    return tmp_path


def write(root: Path, name: str, text: str = "") -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def python(**more: Any) -> PythonSettings:
    """Settings of two suites."""
    suites = {
        "fast": SuiteSettings(("tests/fast/deep/",), ("./docs",)),
        "slow": SuiteSettings(("tests/slow",), (".",), 3),
    }
    return PythonSettings(**{"paths": ("tests",), "workers": 3, "suites": suites, **more})


def problem(root: Path, settings: PythonSettings) -> str:
    with pytest.raises(InputError) as caught:
        make_suites(root, settings)
    return f"{caught.value.message}: {caught.value.fix}"


def test_a_suite_gets_its_tests_what_they_read_and_what_pytest_reads(root: Path) -> None:
    fast, slow = make_suites(root, python())
    assert (fast.name, fast.unit, fast.everything) == ("fast", "python-fast", False)
    assert fast.files == (
        *("docs", "pyproject.toml", "tests/conftest.py", "tests/fast/__init__.py"),
        "tests/fast/deep",
    )
    assert slow.everything
    assert slow.files == ("pyproject.toml", "tests/conftest.py", "tests/slow")


def test_without_suites_there_are_none(root: Path) -> None:
    assert make_suites(root, python(suites={})) == ()


def test_it_runs_with_settings_of_its_own(root: Path) -> None:
    """A change of any other setting is none of its inputs."""
    settings = python(
        allowed_skips=('tests/fast/test_"é\x7f.py',), packages=("code",), requirements=("a.txt",)
    )
    fast, slow = (loads(suite.settings).python for suite in make_suites(root, settings))
    assert settings_of(fast, "fast") == settings_of(fast, "fast")
    assert fast.paths == ("tests/fast/deep/",) and slow.paths == ("tests/slow",)
    assert fast.allowed_skips == settings.allowed_skips and fast.packages == ("code",)
    assert fast.requirements == () and list(fast.suites) == ["fast"]
    assert settings_of(fast, "fast").workers == 2  # half of three, rounded up
    assert settings_of(slow, "slow").workers == 3


def test_an_unknown_suite_is_an_error_that_says_which_there_are() -> None:
    with pytest.raises(InputError, match="did you mean fast") as caught:
        settings_of(python(), "fats")
    assert caught.value.message == "fats is not a suite of pipeline.toml"
    with pytest.raises(InputError, match="fast, slow"):
        settings_of(python(), "other")
    with pytest.raises(InputError, match=re.escape("([python.suites.<name>]): none")):
        settings_of(PythonSettings(), "fast")


def test_a_test_in_no_suite(root: Path) -> None:
    write(root, "tests/test_c.py", TEST)
    said = problem(root, python())
    assert said.startswith("the tests of tests/test_c.py are in no suite: add it, or a folder")
    assert said.endswith("([python.suites.<name>]): fast, slow")
    make_suites(root, python(allowed_skips=("tests/test_c.py",)))


def test_a_test_in_two_suites(root: Path) -> None:
    suites = {**python().suites, "again": SuiteSettings(("tests/slow/test_b.py",))}
    said = problem(root, python(suites=suites))
    assert said.startswith("the tests of tests/slow/test_b.py are in several suites: slow, again:")


@pytest.mark.parametrize(
    ("suite", "words"),
    [
        (SuiteSettings(), "[python.suites.fast] of pipeline.toml has no paths: give it the files"),
        (SuiteSettings(("tests/gone",)), "tests/gone of pipeline.toml does not exist: fix"),
        (SuiteSettings(("tests/fast",), ("gone",)), "gone of pipeline.toml does not exist: fix"),
        (SuiteSettings(("docs",)), "[python.suites.fast] paths: docs is not below [python] paths"),
    ],
)
def test_paths_that_cannot_be_meant(root: Path, suite: SuiteSettings, words: str) -> None:
    assert problem(root, python(suites={"fast": suite})).startswith(words)


def test_what_is_declared() -> None:
    files = ("docs", "ci/src/plan.py")
    assert all(is_declared(path, files) for path in ("docs", "docs/a/b.md", "ci/src/plan.py"))
    assert is_declared("ci", files) and is_declared("ci/src", files)
    assert not any(is_declared(path, files) for path in ("doc", "docs2", "ci/src/main.py"))


def test_the_plan_has_them_in_the_first_shard(root: Path, make_addon: Any) -> None:
    make_addon("addons/visit")
    settings = loads(
        '[python]\npaths = ["tests"]\n' '[python.suites.all]\npaths = ["tests"]\nreads = ["docs"]\n'
    )
    assert [suite.name for suite in make_plan(root, settings).suites] == ["all"]
    first, second = (make_plan(root, settings, shard=Shard(n, 2)) for n in (1, 2))
    assert first.python and first.suites and not second.python
