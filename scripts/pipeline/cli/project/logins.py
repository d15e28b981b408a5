"""``pipeline project logins``: whether git and pip can use the given logins."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.project.logins import check_logins

_FILE = click.Path(path_type=Path)


@tree.command(prints="lines")
@click.option("--netrc", type=_FILE, help="Text of a .netrc file.")
@click.option("--git-key", type=_FILE, help="Private SSH key for git.")
@click.option("--git-known-hosts", type=_FILE, help="Host keys of the git servers.")
def command(netrc: Path | None, git_key: Path | None, git_known_hosts: Path | None) -> None:
    """Check logins for private repositories, and print the hosts that they are for."""
    for host in check_logins(netrc, git_key, git_known_hosts):
        click.echo(host)
