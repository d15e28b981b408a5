"""Why a suite failed: files of the repository that it does not get."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.results import Finding, Status, StepResult, write_result
from pipeline.test.python.undeclared import CODE, explained
from pipeline.test.suites import Suite

SUITE = Suite("fast", "python-fast", ("pyproject.toml", "code/core", "tests/fast"), False, "")
FILES = (
    *("README.md", "docs/a.md", "code/core/__init__.py", "code/core/a.py", "code/other/b.py"),
    *(
        "code/other/__init__.py",
        "scripts/run.sh",
        ".venv/lib/code/hidden.py",
        "tests/fast/test_a.py",
    ),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def result(*findings: Finding, summary: str = "1 test, 1 failed") -> StepResult:
    return StepResult("test-python-fast", Status.FAILED, summary, findings=findings)


def named(root: Path, log: str) -> list[str]:
    found = explained(result(), log.replace("/src", str(root)), root, SUITE).findings
    assert all(one.code == CODE for one in found)
    return [one.path for one in found]


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        (
            "E   FileNotFoundError: [Errno 2] No such file or directory: '/src/README.md'",
            ["README.md"],
        ),
        ("E   FileNotFoundError: [Errno 2] No such file or directory: 'README.md'", ["README.md"]),
        ("python: can't open file '/src/scripts/run.sh': [Errno 2] No", ["scripts/run.sh"]),
        ("cat: /src/docs/a.md: No such file or directory", ["docs/a.md"]),
        ("E   AssertionError: assert False", []),
        ("E    +  where False = is_dir(PosixPath('/src/docs'))", ["docs"]),
        ("E   ModuleNotFoundError: No module named 'code.other'", ["code/other"]),
        ("E   ModuleNotFoundError: No module named 'code.other.b'", ["code/other/b.py"]),
        ("E   ImportError: cannot import name 'other' from 'code' (/src/code)", ["code/other"]),
        ("E   ModuleNotFoundError: No module named 'code.hidden'", []),
        ("E   ModuleNotFoundError: No module named 'requests'", []),
        ("E   FileNotFoundError: No such file or directory: '/src/gone.md'", []),
        ("E   FileNotFoundError: No such file or directory: '/tmp/README.md'", []),
        ("E   FileNotFoundError: No such file or directory: '/src/code/core/a.py'", []),
        ("E   FileNotFoundError: No such file or directory: '/src'", []),
        ("it reads /src/README.md, and that is fine", []),
    ],
)
def test_what_is_missing(root: Path, line: str, paths: list[str]) -> None:
    assert named(root, line) == paths


def test_the_finding_says_where_to_declare_it(root: Path) -> None:
    before = Finding("tests/fast/test_a.py", 3, "test-failed", "No module named 'code.other'")
    found = explained(result(before), "", root, SUITE).findings
    assert before in found and len(found) == 2
    (added,) = (one for one in found if one.code == CODE)
    assert added.path == "code/other"
    assert "exists in the repository, but the suite fast does not read it" in added.message
    assert "[python.suites.fast] reads" in added.fix


def test_a_suite_that_gets_everything_lacks_nothing(root: Path) -> None:
    whole = Suite("fast", "python-fast", (), True, "")
    failed = result(summary=f"No such file or directory: '{root}/README.md'")
    assert explained(failed, "", root, whole) == failed


@pytest.mark.parametrize("log", [True, False])
def test_the_command_adds_to_the_results(root: Path, run_pipeline, log: bool) -> None:
    (root / "tests/fast/test_a.py").write_text("def test_it(): pass\n")
    (root / "pipeline.toml").write_text(
        '[python]\npaths = ["tests"]\n[python.suites.fast]\npaths = ["tests/fast"]\n'
    )
    results, output = root / "results", root / "output"
    said = f"No such file or directory: '{root}/README.md'"
    write_result(result(summary="broken" if log else said), results)
    if log:
        (results / "log-python-fast.txt").write_text(said)

    options = ("--source", root, "--results", results, "--output", output)
    assert run_pipeline("test", "undeclared", "fast", *options) == (0, "")

    text = (output / "test-python-fast.json").read_text()
    assert [one.path for one in StepResult.from_json(text).findings] == ["README.md"]
    assert (output / "log-python-fast.txt").exists() is log


def test_the_command_knows_no_other_suite(root: Path, run_pipeline) -> None:
    options = ("--source", root, "--results", root, "--output", root)
    code, said = run_pipeline("test", "undeclared", "fast", *options)
    assert code and "fast is not a suite of pipeline.toml" in said
