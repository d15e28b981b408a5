"""``pipeline plan``: what to test, as JSON, for whoever builds the containers."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.commands.step import source_option
from pipeline.odoo.plan import make_plan
from pipeline.settings import load


@click.command("plan")
@source_option
@click.option(
    "--changed-since",
    metavar="REF",
    help="Only add-ons that changed since they left this branch, tag or commit, and those that "
    "need them.",
)
def command(source: Path, changed_since: str | None) -> None:
    """Print which add-ons to test, in which image, with which modules, as JSON."""
    click.echo(make_plan(source, load(source), changed_since).to_json(), nl=False)
