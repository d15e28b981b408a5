"""``pipeline doctor-github``: whether a branch could read the secrets of a repository."""

from __future__ import annotations

import os
from pathlib import Path

import click

from pipeline import git
from pipeline.commands.doctor import show
from pipeline.commands.format_option import format_option
from pipeline.commands.step import source_option
from pipeline.errors import InputError
from pipeline.release import credentials
from pipeline.release.github import GitHub
from pipeline.release.place import API, of_remote

_TOKEN_VARIABLE = "GITHUB_TOKEN"


@click.command("doctor-github")
@source_option
@click.option("--repository", default="", help="Owner and name; without it, the remote `origin`.")
@click.option("--api", default=API, show_default=True, help="Address of the API.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=f"File with a token; without it, the variable {_TOKEN_VARIABLE}.",
)
@format_option
def command(source: Path, repository: str, api: str, token_file: Path | None, form: str) -> None:
    """Say which secrets stand where a branch could read them; fails when one does.

    It reads names only, and changes nothing.
    """
    named = repository or os.environ.get("GITHUB_REPOSITORY", "")
    if not named and git.is_checkout(source):
        named = of_remote(git.remote_url(source)) or ""
    token = _token(token_file)
    github = GitHub(api, named, token)
    if not token:
        raise InputError(
            f"GitHub needs a token (--token-file or {_TOKEN_VARIABLE})", credentials.RIGHTS
        )
    show(credentials.examine(credentials.gather(github)), form)


def _token(path: Path | None) -> str:
    if path is not None:
        return path.read_text(encoding="utf-8").strip()
    return os.environ.get(_TOKEN_VARIABLE, "").strip()
