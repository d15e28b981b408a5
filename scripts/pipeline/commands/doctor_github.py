"""``pipeline doctor-github``: whether a branch could read the secrets of a repository."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.commands import github_options
from pipeline.commands.doctor import show
from pipeline.commands.format_option import format_option
from pipeline.commands.step import source_option
from pipeline.core.errors import InputError
from pipeline.release import credentials
from pipeline.release.github import GitHub


@click.command("doctor-github")
@source_option
@github_options.github_options
@format_option
def command(source: Path, repository: str, api: str, token_file: Path | None, form: str) -> None:
    """Say which secrets stand where a branch could read them; fails when one does.

    It reads names only, and changes nothing.
    """
    token = github_options.token(token_file)
    github = GitHub(api, github_options.repository(source, repository), token)
    if not token:
        raise InputError(
            f"GitHub needs a token (--token-file or {github_options.TOKEN_VARIABLE})",
            credentials.RIGHTS,
        )
    show(credentials.examine(credentials.gather(github)), form)
