"""zizmor, the security linter of workflow files, has nothing to say, in its strictest mode."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[4]
ZIZMOR = Path(sysconfig.get_path("scripts")) / "zizmor"


def zizmor(*paths: Path) -> subprocess.CompletedProcess[str]:
    command = [ZIZMOR, "--offline", "--no-config", "--persona=pedantic", "--color=never", *paths]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_workflows_have_no_findings() -> None:
    found = zizmor(ROOT / ".github")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "No findings to report" in found.stdout + found.stderr


def test_it_would_find_something(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "on: issue_comment\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: echo ${{ github.event.comment.body }}\n",
        encoding="utf-8",
    )
    found = zizmor(bad)
    assert found.returncode != 0
    assert "template-injection" in found.stdout
