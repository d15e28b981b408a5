"""The `pipeline …` blocks of the pages, run as they stand, in a small repository of add-ons."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from doc_blocks import ROOT, Block, all_blocks

HOST = [block for block in all_blocks() if block.mark == ""]


@pytest.fixture
def project(tmp_path, make_addon, git_in) -> Path:
    """A committed repository of one add-on that all static checks like; `.venv` has the command."""
    root = tmp_path / "repository"
    manifest = """{
    "name": "Visit",
    "summary": "A customer is visited",
    "version": "19.0.1.0.0",
    "author": "Testers",
    "website": "https://example.org",
    "category": "Hidden",
    "license": "LGPL-3",
    "depends": ["base"],
    "installable": True,
}
"""
    make_addon("repository/visit", manifest)
    (root / ".gitignore").write_text((ROOT / ".gitignore").read_text(encoding="utf-8"))
    command = root / ".venv/bin/pipeline"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pipeline "$@"\n')
    command.chmod(0o755)
    git_in(root, "init", "-q", "-b", "main")
    git_in(root, "add", "-A")
    git_in(root, "commit", "-q", "-m", "Begin")
    return root


def test_there_are_such_blocks() -> None:
    assert len(HOST) >= 2


@pytest.mark.parametrize("block", HOST, ids=str)
def test_the_commands_of_a_page_work(block: Block, project: Path) -> None:
    path = f"{project}/.venv/bin:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=project,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
