"""``pipeline privacy pull``: load a copy of PROD's anonymized database into a local server."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.anonymization import report_key, report_key_option
from pipeline.cli.options.step import source_option
from pipeline.core.addons.discovery import discover, series_of
from pipeline.core.errors import InputError
from pipeline.core.settings import Settings, load
from pipeline.core.settings.environments import DATABASE_NAME, NAMES, resolve
from pipeline.privacy.copies.document import check_dump, check_fit, read_copy
from pipeline.privacy.copies.pull import load_copy


@tree.command(prints="progress")
@source_option
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder of the copy, as `dagger call prod … anonymized-dump` exports it.",
)
@click.option(
    "--database",
    default="",
    help="Name that it gets on the server that PGHOST, PGPORT, PGUSER, PGPASSWORD name; default: "
    "that of the local stack, <name without odoo->-dev.",
)
@report_key_option
@click.option(
    "--unsigned", is_flag=True, help="Accept a copy without a signature, which anybody can make."
)
def command(
    source: Path, folder: Path, database: str, report_key_file: Path | None, unsigned: bool
) -> None:
    """Check a copy's signature, expiry and content, and load it into the local stack.

    Until it is complete, the database that is there stays as it is; then it is kept under another
    name, unless it is an earlier copy.
    """
    settings = load(source)
    project = settings.project.name
    name = _local(settings, database)
    key = report_key(report_key_file)
    document = read_copy(folder, key, unsigned=unsigned)
    series = settings.project.series or series_of(discover(source, settings), settings)
    check_fit(document, project, series, datetime.now(timezone.utc))
    path = check_dump(document, folder)
    pulled = load_copy(path, document, name)
    if not key:
        click.echo("warning: this copy is not signed: only damage to it would have been noticed")
    click.echo(
        f"{name} is {document.database} as of {document.made} UTC, anonymized; it expires at "
        f"{document.expires} UTC"
    )
    if pulled.replaced:
        what = f"kept as {pulled.kept}" if pulled.kept else "a copy as well, and is gone"
        click.echo(f"the database that it replaced is {what}")
    click.echo("log in as `admin`, with the testers' password")


def _local(settings: Settings, database: str) -> str:
    """The name for the copy: never one that an environment's database has."""
    project = settings.project.name
    name = database or f"{project.removeprefix('odoo-')}-dev"
    if not DATABASE_NAME.fits(name):
        raise InputError(f"--database {name!r} is not usable", f"use {DATABASE_NAME.allowed}")
    if name in {resolve(project, settings.environments, one).database for one in NAMES}:
        raise InputError(
            f"{name} is the name of an environment's database: a copy never replaces that",
            "give --database, or PGHOST of your own server",
        )
    return name
