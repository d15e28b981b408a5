"""``pipeline project aggregate``: fetch what repos.yaml names."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.step import source_option
from pipeline.core.addons.aggregate import aggregate
from pipeline.core.addons.repos import repos_files
from pipeline.core.settings import load


@tree.command(prints="lines")
@source_option
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder that gets the repositories, where the files put them.",
)
def command(source: Path, output: Path) -> None:
    """Fetch and merge the repositories of the files of git-aggregator, without their history."""
    for folder in aggregate(source, repos_files(load(source)), output):
        click.echo(folder)
