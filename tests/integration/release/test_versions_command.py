"""`pipeline release versions`: the choices of deploy-prod.yml."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import CheckFailed, InputError
from pipeline.release.versions import OFFERED, WORKFLOW

TEXT = """\
on:
  workflow_dispatch:
    inputs:
      version:
        type: choice
        options:
          # versions: begin (made by a command)
          - v0.1.0
          # versions: end
      other: x
"""


@pytest.fixture
def workflow(released: Path) -> Path:
    path = released / WORKFLOW
    path.parent.mkdir(parents=True)
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_tags_and_the_version_to_come_newest_first(
    run_pipeline: Any, released: Path, git_in: Any
) -> None:
    git_in(released, "tag", "v0.10.0")
    code, said = run_pipeline("release", "versions", "--source", released)
    assert (code, said.split()) == (0, ["v0.10.0", "v0.3.0", "v0.2.0", "v0.1.0"])


def test_an_old_list_fails_and_says_what_to_do(
    run_pipeline: Any, released: Path, workflow: Path
) -> None:
    code, said = run_pipeline("release", "versions", "--source", released)
    assert code == CheckFailed.exit_code
    assert f"{WORKFLOW} offers v0.1.0\n" in said and "pipeline release versions --write" in said
    assert workflow.read_text(encoding="utf-8") == TEXT


def test_write_changes_the_list_and_nothing_else(
    run_pipeline: Any, released: Path, workflow: Path
) -> None:
    assert run_pipeline("release", "versions", "--source", released, "--write")[0] == 0
    options = "          - v0.3.0\n          - v0.2.0\n          - v0.1.0\n"
    assert workflow.read_text(encoding="utf-8") == TEXT.replace("          - v0.1.0\n", options)
    code, said = run_pipeline("release", "versions", "--source", released, "--format", "json")
    assert (code, json.loads(said)) == (0, ["v0.3.0", "v0.2.0", "v0.1.0"])


def test_a_long_list_is_cut_to_the_newest(
    run_pipeline: Any, released: Path, workflow: Path, git_in: Any
) -> None:
    for number in range(30):
        git_in(released, "tag", f"v1.{number}")
    assert run_pipeline("release", "versions", "--source", released, "--write")[0] == 0
    lines = workflow.read_text(encoding="utf-8").splitlines()
    listed = [line.strip() for line in lines if line.strip().startswith("- v")]
    assert len(listed) == OFFERED and listed[0] == "- v1.29"


def test_release_says_that_the_list_is_old(
    run_pipeline: Any, released: Path, workflow: Path
) -> None:
    said = run_pipeline("release", "create", "--source", released)[1]
    assert "does not offer the newest versions: run `pipeline release versions --write`" in said
    run_pipeline("release", "versions", "--source", released, "--write")
    assert "does not offer" not in run_pipeline("release", "create", "--source", released)[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "there is no .github/workflows/deploy-prod.yml"), ("on: push\n", "has no list")],
)
def test_no_list_to_write(
    run_pipeline: Any, released: Path, workflow: Path, text: str | None, message: str
) -> None:
    workflow.unlink() if text is None else workflow.write_text(text, encoding="utf-8")
    code, said = run_pipeline("release", "versions", "--source", released, "--write")
    assert code == InputError.exit_code and message in said


def test_no_version_at_all(run_pipeline: Any, released: Path, workflow: Path, git_in: Any) -> None:
    git_in(released, "tag", "--delete", "v0.1.0", "v0.2.0")
    (released / "pipeline.toml").unlink()
    code, said = run_pipeline("release", "versions", "--source", released, "--write")
    assert code == InputError.exit_code and "no version to offer" in said


def test_without_git(run_pipeline: Any, tmp_path: Path) -> None:
    code, said = run_pipeline("release", "versions", "--source", tmp_path)
    assert code == InputError.exit_code and "is not a git checkout" in said
