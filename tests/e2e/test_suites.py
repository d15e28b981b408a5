"""Suites of the tests outside Odoo: each runs again only for a change of what it reads."""

from __future__ import annotations

import json
import secrets

import pytest

SETTINGS = """[project]
series = "19.0"

[python]
paths = ["tests"]
packages = ["tool"]
workers = 2

[python.suites.pages]
paths = ["tests/pages"]
reads = ["tool/__init__.py", "tool/pages.py", "docs"]

[python.suites.code]
paths = ["tests/code"]
reads = ["tool/__init__.py", "tool/code.py"]
"""
CODE = "from tool.code import one\n\n\ndef test_one():\n    assert one() == 1\n"
PAGES = """from pathlib import Path

from tool.pages import two

ROOT = Path(__file__).parents[2]


def test_two():
    assert two() == 2
    assert (ROOT / "docs" / "page.md").read_text()
"""
BOTH = {"test-python-pages": "PASSED", "test-python-code": "PASSED", "coverage": "PASSED"}


@pytest.fixture
def split(repository):
    """A repository with two suites, each of which covers a part of the code."""
    repository.write("pipeline.toml", SETTINGS)
    manifest = {"name": "Later", "version": "19.0.1.0.0", "installable": False}
    repository.write("later/__manifest__.py", f"{manifest}\n")
    repository.write("later/__init__.py", "")
    repository.write("pytest.ini", "[pytest]\npythonpath = .\n")
    repository.write("tool/__init__.py", "")
    repository.write("tool/code.py", "def one():\n    return 1\n")
    repository.write("tool/pages.py", "def two():\n    return 2\n")
    repository.write("docs/page.md", f"{secrets.token_hex(8)}\n")
    repository.write("tests/pages/test_pages.py", PAGES)
    repository.write("tests/code/test_code.py", f"# {secrets.token_hex(8)}\n{CODE}")
    repository.commit()
    return repository


def again(answer) -> set[str]:
    """The suites whose result is not of an earlier call."""
    rows = [line for line in answer.out.splitlines() if "│ test-python-" in line]
    return {row.split("│")[1].strip().removeprefix("test-python-") for row in rows} - {
        row.split("│")[1].strip().removeprefix("test-python-") for row in rows if "cached" in row
    }


@pytest.mark.faults
def test_a_suite_runs_again_only_for_what_it_reads(call, split, tmp_path) -> None:
    source = ("--source", split.path)
    first = call("test", *source)
    assert first.rows == BOTH and again(first) == {"pages", "code"}
    assert "scripts 100.00 %" in first.out and "no data" not in first.out

    split.write("docs/page.md", f"{secrets.token_hex(8)}\n")
    assert again(call("test", *source)) == {"pages"}
    split.write("tool/code.py", f"# {secrets.token_hex(8)}\ndef one():\n    return 1\n")
    assert again(call("test", *source)) == {"code"}
    split.write("README.md", f"{secrets.token_hex(8)}\n")
    split.write("pipeline.toml", f"{SETTINGS}\n[coverage]\nminimum = 70\n")
    assert again(call("test", *source)) == set()

    call("report", *source, "--shard=1/2", "export", "--path", tmp_path / "shards/1")
    call("report", *source, "--shard=2/2", "export", "--path", tmp_path / "shards/2")
    shards = ("--shards", tmp_path / "shards")
    call("merge-reports", *source, *shards, "export", "--path", tmp_path / "merged")
    merged = tmp_path / "merged"
    made = {path.name for path in (merged / "results").iterdir()}
    assert {"test-python-pages.json", "junit-python-code.xml", "log-python-code.txt"} <= made
    totals = json.loads((merged / "results/coverage-totals.json").read_text(encoding="utf-8"))
    assert {file["path"]: file["missing"] for file in totals["files"]} == {
        path: [] for path in ("tool/__init__.py", "tool/code.py", "tool/pages.py")
    }
    assert "python" in json.loads((merged / "test-times.json").read_text())["seconds"]


def test_a_file_that_is_not_declared_is_named(call, split) -> None:
    split.write("pipeline.toml", SETTINGS.replace(', "docs"]', "]").replace('"tool/code.py"', ""))
    answer = call("test", "--source", split.path, ok=False)
    assert answer.rows["test-python-pages"] == "FAILED"
    for path, suite in (("docs", "pages"), ("tool/code.py", "code")):
        assert f"exists in the repository, but the suite {suite} does not read it" in answer.out
        assert path in answer.out and f"[python.suites.{suite}] reads" in answer.out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            '"tests/code"',
            '"tests/code/test_code.py"',
            "the tests of tests/code/test_more.py are in no",
        ),
        ('"tests/code"', '"tests"', "tests/pages/test_pages.py are in several suites: pages, code"),
        ('"docs"]', '"dosc"]', "dosc of pipeline.toml does not exist"),
        ("suites.code]", "suites.Code]", "[python] suites = 'Code' is not possible"),
    ],
)
def test_suites_that_cannot_be_meant_stop_the_plan(call, split, old, new, words) -> None:
    split.write("tests/code/test_more.py", "def test_more():\n    assert True\n")
    split.write("pipeline.toml", SETTINGS.replace(old, new))
    answer = call("test", "--source", split.path, ok=False)
    assert answer.rows == {"plan": "ERROR"}
    assert words in " ".join(answer.out.split())
