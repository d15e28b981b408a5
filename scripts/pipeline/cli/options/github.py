"""Options of commands that use GitHub's API: which repository, where, and with which token."""

from __future__ import annotations

import os
from pathlib import Path

import click

from pipeline.cli.options import Decorated
from pipeline.core import git
from pipeline.release.repository import API, of_remote

REPOSITORY_VARIABLE, TOKEN_VARIABLE = "GITHUB_REPOSITORY", "GITHUB_TOKEN"


def github_options(function: Decorated) -> Decorated:
    """Add ``--repository``, ``--api`` and ``--token-file``."""
    for option in (
        click.option(
            "--token-file",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help=f"File with a token; default: the variable {TOKEN_VARIABLE}.",
        ),
        click.option("--api", default=API, show_default=True, help="Address of the API."),
        click.option(
            "--repository",
            default="",
            help=f"Owner and name; default: {REPOSITORY_VARIABLE} or the remote `origin`.",
        ),
    ):
        function = option(function)
    return function


def repository_of(source: Path, given: str) -> str:
    """Owner and name of the repository; empty: unknown."""
    named = given or os.environ.get(REPOSITORY_VARIABLE, "")
    if not named and git.is_checkout(source):
        named = of_remote(git.remote_url(source)) or ""
    return named


def token_of(path: Path | None) -> str:
    """The token, from its file or the variable; empty: none."""
    if path is not None:
        return path.read_text(encoding="utf-8").strip()
    return os.environ.get(TOKEN_VARIABLE, "").strip()
