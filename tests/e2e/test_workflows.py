"""The workflow files, checked and run: actionlint, the module's own functions, and act."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sysconfig.get_path("scripts"))
#: `ci` of this repository, when nothing of it is in the engine's cache.
TIME_LIMIT = 900


@pytest.fixture
def act(tmp_path: Path):
    """Run a job on this machine: ``act("push", "--job", "lint-and-test")``."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [TOOLS / "act", *arguments],
            cwd=ROOT,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
        )

    return run


def test_actionlint_has_nothing_to_say() -> None:
    found = subprocess.run(
        [TOOLS / "actionlint", "-no-color", "-shellcheck", str(TOOLS / "shellcheck")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_the_ci_job_runs_here(act) -> None:
    ended = act("push", "--job", "lint-and-test")
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    assert "PASSED: " in ended.stdout
    assert "Job succeeded" in ended.stdout
