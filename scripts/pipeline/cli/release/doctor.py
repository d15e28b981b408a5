"""``pipeline release doctor``: whether a branch could read the secrets of a repository."""

from __future__ import annotations

from pathlib import Path

from pipeline.cli import tree
from pipeline.cli.options.form import format_option
from pipeline.cli.options.github import TOKEN_VARIABLE, github_options, repository_of, token_of
from pipeline.cli.options.step import source_option
from pipeline.cli.output.checks import show
from pipeline.core.errors import InputError
from pipeline.release import credentials
from pipeline.release.github import GitHub


@tree.command()
@source_option
@github_options
@format_option
def command(source: Path, repository: str, api: str, token_file: Path | None, form: str) -> None:
    """Show which secrets are stored where a branch could read them; fails if there are any.

    It reads only names, and changes nothing.
    """
    token = token_of(token_file)
    github = GitHub(api, repository_of(source, repository), token)
    if not token:
        raise InputError(
            f"GitHub needs a token (--token-file or {TOKEN_VARIABLE})",
            credentials.RIGHTS,
        )
    show(credentials.examine(credentials.gather(github)), form)
