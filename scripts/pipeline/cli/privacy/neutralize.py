"""``pipeline privacy neutralize``: disconnect a copy of PROD."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.anonymization import (
    database_options,
    declared,
    secret,
    site_options,
)
from pipeline.cli.options.phrases import OVERWRITE
from pipeline.privacy.anonymize.neutralize import neutralize
from pipeline.privacy.database.connection import connect_database
from pipeline.privacy.treatment.system import NewSite


@tree.command(prints="progress")
@database_options
@OVERWRITE.option
@site_options
def command(
    database_url: str, source: Path, confirm: str, base_url: str, password_file: Path | None
) -> None:
    """Disconnect a copy of PROD, after `odoo neutralize`. Personal data stays in it."""
    OVERWRITE.check(confirm)
    site = NewSite(base_url, secret("TESTERS_PASSWORD", password_file))
    with connect_database(database_url) as database:
        name = str(database.value("SELECT current_database()"))
        neutralize(database, declared(source), site)
    click.echo(f"{name}: neutralized; it has PROD's data unchanged")
