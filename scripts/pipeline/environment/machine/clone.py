"""The clone of the repository on a VM: cloned once, and brought up to date each time."""

from __future__ import annotations

from pathlib import Path

from pipeline.core import limits
from pipeline.core.errors import PipelineError, ToolError
from pipeline.core.process import INTERNET, run

_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.autocrlf": "false",
    "core.attributesFile": "/dev/null",
    "merge.ff": "only",
    "merge.verifySignatures": "false",
    "fetch.recurseSubmodules": "on-demand",
    "submodule.recurse": "false",
    "color.ui": "false",
}


def _git(directory: Path, *arguments: str) -> str:
    """Run git in the clone. The user's own settings apply only to reaching a server and logging in:
    not to hooks, line endings or the way to merge."""
    settings = {**_SETTINGS, "safe.directory": str(directory)}
    fixed = (part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
    command = ("git", "-C", str(directory), *fixed, *arguments)
    quiet = {"GIT_TERMINAL_PROMPT": "0"}  # nobody can answer a prompt
    return run(command, env=quiet, surroundings=INTERNET, timeout=limits.PREPARE).stdout.strip()


def clone(directory: Path, repository: str, branch: str) -> None:
    """Clone a branch of a repository."""
    options = ("--quiet", "--template=", "--origin=origin", f"--branch={branch}")
    _git(directory, "clone", *options, "--", repository, ".")


def is_newest(directory: Path, branch: str) -> bool:
    """Whether a clone has what the branch has now. Raises ToolError: it cannot be fetched."""
    if not (directory / ".git").exists():
        return False
    try:
        _git(directory, "fetch", "--quiet", "origin", branch)
    except PipelineError as error:
        raise ToolError(
            f"{directory} cannot be brought up to date:\n{error.message}",
            "check the network, and the right to read the repository",
        ) from error
    return _git(directory, "rev-parse", "HEAD") == _git(directory, "rev-parse", "FETCH_HEAD")


def forward(directory: Path) -> None:
    """Fast-forward a clone to what was fetched. Raises ToolError: it has changes of its own."""
    try:
        _git(directory, "merge", "--quiet", "--ff-only", "FETCH_HEAD")
    except PipelineError as error:
        raise ToolError(
            f"{directory} has changes of its own:\n{error.message}",
            "commit them to the repository, or discard them (`git status` there lists them)",
        ) from error
