"""``pipeline test plan``: what to test, as JSON, for the caller that builds the containers."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.shard import shard_option
from pipeline.cli.options.step import source_option
from pipeline.core.settings import load
from pipeline.test.plan import make_plan
from pipeline.test.shards import Shard
from pipeline.test.times import FILE_NAME


@tree.command(prints="JSON")
@source_option
@click.option(
    "--changed-since",
    metavar="REF",
    help="Only add-ons that changed since they left this branch, tag or commit, and those that "
    "need them.",
)
@shard_option
@click.option(
    "--times",
    type=click.Path(path_type=Path),
    help=f"Measured times to split by, {FILE_NAME} of a report; default: the file of that name in "
    "the source, otherwise the number of tests.",
)
def command(
    source: Path, changed_since: str | None, shard: Shard | None, times: Path | None
) -> None:
    """Print which add-ons to test, in which image, with which modules, as JSON."""
    made = make_plan(source, load(source), changed_since, shard, times)
    click.echo(made.to_json(), nl=False)
