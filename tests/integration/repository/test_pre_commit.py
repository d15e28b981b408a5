"""The hooks of .pre-commit-config.yaml: the tools of `lint`, from the same environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pipeline.check.lint import choose_tools
from pipeline.core.settings import Settings

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / ".pre-commit-config.yaml"


@pytest.fixture
def commit(tmp_path: Path, git_in: Callable[..., str]) -> Callable[[str], tuple[int, str]]:
    """Run the hooks on a repository with one Python file of this text."""
    git_in(tmp_path, "init", "--quiet")
    for name in (".flake8", ".gitignore", "pyproject.toml", CONFIG.name):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)

    def run(text: str) -> tuple[int, str]:
        (tmp_path / "code.py").write_text(text, encoding="utf-8")
        git_in(tmp_path, "add", "--all", ":!.venv")
        ended = subprocess.run(
            [Path(sysconfig.get_path("scripts")) / "pre-commit", "run", "--color=never"],
            cwd=tmp_path,
            env={
                **os.environ,
                "PRE_COMMIT_HOME": str(tmp_path.parent / "hooks"),
                "PYTHONPATH": str(ROOT / "scripts"),  # where the package is not installed
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        return ended.returncode, ended.stdout + ended.stderr

    return run


def test_they_are_the_tools_of_lint_from_the_locked_environment() -> None:
    (hooks,) = (place["hooks"] for place in yaml.safe_load(CONFIG.read_text("utf-8"))["repos"])
    assert {hook["id"] for hook in hooks} == {"black", "isort", "flake8", "secrets"}
    own = [run for run in choose_tools(ROOT, Settings()).runs if not run.requirements]
    assert [run.tool.name for run in own] == ["isort", "black", "flake8", "pylint"]
    for hook in hooks:
        assert hook["language"] == "system" and hook["entry"].startswith(".venv/bin/")


def test_a_good_commit_passes(commit: Callable[[str], tuple[int, str]]) -> None:
    code, said = commit("import os\n\nprint(os.name)\n")
    assert code == 0, said
    assert said.count("Passed") == 4


def test_a_bad_one_is_fixed_or_refused(commit: Callable[[str], tuple[int, str]]) -> None:
    code, said = commit("import sys\nimport os\nprint( os.name )\n")
    assert code == 1
    for hook in ("isort", "black", "flake8"):
        assert any(line.startswith(hook) and "Failed" in line for line in said.splitlines()), said
    assert "F401 'sys' imported but unused" in said
