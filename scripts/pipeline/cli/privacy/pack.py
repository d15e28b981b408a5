"""``pipeline privacy pack``: make a copy for laptops of an anonymized database."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.anonymization import database_options, report_key, report_key_option
from pipeline.core.settings import load
from pipeline.core.settings.environments import PROD, resolve
from pipeline.privacy.copies.pack import pack_copy


@tree.command(prints="progress")
@database_options
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="Directory for the dump, its document and the signature.",
)
@click.option(
    "--expires-days",
    type=click.IntRange(1, 366),
    default=30,
    show_default=True,
    help="After how many days the copy must not be used any more.",
)
@report_key_option
def command(
    database_url: str, source: Path, output: Path, expires_days: int, report_key_file: Path | None
) -> None:
    """Export an anonymized database as a copy for laptops: signed, and with an expiry."""
    settings = load(source)
    name, key = settings.project.name, report_key(report_key_file)
    database = resolve(name, settings.environments, PROD).database
    now = datetime.now(timezone.utc)
    copy = pack_copy(database_url, output, name, database, expires_days, key, now)
    click.echo(f"{output / copy.file}: {copy.size / 1e6:.1f} MB, until {copy.expires} UTC")
    if not key:
        click.echo("warning: without a key, the copy is not signed; `privacy pull` will refuse it")
