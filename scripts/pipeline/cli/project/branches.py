"""``pipeline project branches``: the commits of what repos.yaml names."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.step import source_option
from pipeline.core.addons.aggregate import branches
from pipeline.core.addons.repos import read_all_repos
from pipeline.core.settings import load


@tree.command(prints="lines")
@source_option
def command(source: Path) -> None:
    """Print the commit of each branch that the files of git-aggregator name, as it is now."""
    click.echo(branches(read_all_repos(source, load(source))), nl=False)
