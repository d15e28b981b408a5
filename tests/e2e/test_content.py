"""A step gets the files it reads as they are, and runs again for a change in them alone."""

from __future__ import annotations

import re
import secrets

import pytest

LOOKING = """
import os
from pathlib import Path

HERE = Path(__file__).parent / "files"
LONG = "long-" * 40


def test_names():
    names = {"a b.txt", "-dash.txt", "straße.txt", "quo'te\\"s.txt", "line\\nbreak.txt", "*.txt"}
    names |= {"empty", "link", "folder-link", "dangling", "outside", "program", "private", LONG}
    assert set(os.listdir(HERE)) == names
    assert (HERE / "line\\nbreak.txt").read_text() == "line\\nbreak.txt"


def test_links():
    links = {name: os.readlink(HERE / name) for name in ("link", "folder-link", "outside")}
    assert links == {"link": "a b.txt", "folder-link": "empty", "outside": "/etc/hostname"}
    assert os.readlink(HERE / "dangling") == "nowhere"
    assert (HERE / "link").read_text() == "a b.txt"


def test_modes():
    assert (HERE / "program").stat().st_mode & 0o777 == 0o755
    assert (HERE / "private").stat().st_mode & 0o777 == 0o600
    assert (HERE / "empty").stat().st_mode & 0o7777 == 0o1777
    assert list((HERE / "empty").iterdir()) == []


def test_times():
    # A ZIP archive knows no year before 1980, and a wheel is one.
    assert 1980 < 1970 + (HERE / "program").stat().st_mtime / 31556952 < 2100
"""


@pytest.fixture
def odd(repository):
    """A repository with tests outside Odoo, next to files of every kind."""
    repository.write(
        ".flake8", "[flake8]\nmax-line-length = 100\nper-file-ignores = __init__.py:F401\n"
    )
    repository.write("pyproject.toml", "[tool.black]\nline-length = 100\n")
    # Requirements are a layer below both kinds of tests.
    settings = '[python]\npaths = ["tests"]\nrequirements = ["requirements.txt"]\n'
    repository.write("pipeline.toml", settings)
    repository.write("requirements.txt", f"# {secrets.token_hex(8)}\n")
    repository.addon("visit")
    repository.write("tests/test_files.py", LOOKING)
    files = repository.path / "tests/files"
    (files / "empty").mkdir(parents=True)
    (files / "empty").chmod(0o1777)
    texts = ["a b.txt", "-dash.txt", "straße.txt", "quo'te\"s.txt", "line\nbreak.txt", "*.txt"]
    for name in (*texts, "program", "private", "long-" * 40):
        (files / name).write_text(name, encoding="utf-8")
    (files / "program").chmod(0o755)
    (files / "private").chmod(0o600)
    links = {"link": "a b.txt", "folder-link": "empty", "outside": "/etc/hostname"}
    for name, target in {**links, "dangling": "nowhere"}.items():
        (files / name).symlink_to(target)
    repository.commit()
    return repository


def ran(table: str) -> set[str]:
    """The steps whose result is not of an earlier call."""
    row = re.compile(r"│\s*([a-z][\w-]*)\s*│\s*PASSED\s*│\s*(cached|[\d.]+ s)\s*│")
    return {step for step, time in row.findall(table) if time != "cached"}


def test_files_stay_as_they_are_and_only_what_reads_a_change_runs_again(call, odd) -> None:
    first = call("ci", "--source", odd.path)
    assert first.rows["test-python"] == first.rows["test-visit"] == "PASSED", first.out

    moved = odd.path.rename(odd.path.with_name("moved to here"))
    odd.path = moved
    new = secrets.token_hex(8)  # what an earlier run of the tests had is cached, too
    odd.write("visit/readme/note.txt", f"This is of the add-on: {new}\n")
    assert ran(call("ci", "--source", moved).out) == {
        *("gitignore", "secrets", "manifests", "modules", "test-visit", "coverage"),
    }

    odd.write("docs/note.txt", f"This is not: {new}\n")
    assert ran(call("ci", "--source", moved).out) == {
        "gitignore",
        "secrets",
        "test-python",
        "coverage",
    }


@pytest.mark.faults
def test_a_report_right_after_ci_runs_nothing_again(call, odd, tmp_path) -> None:
    call("ci", "--source", odd.path)
    odd.write("docs/note.txt", f"This is of no add-on: {secrets.token_hex(8)}\n")
    call("ci", "--source", odd.path)
    call("report", "--source", odd.path, "export", "--path", tmp_path / "report")
    table = (tmp_path / "report/actions.log").read_text(encoding="utf-8")
    assert "test-visit" in table and ran(table) == set()
