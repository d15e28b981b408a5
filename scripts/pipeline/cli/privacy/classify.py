"""``pipeline privacy classify``: suggest lines of the declaration for unclassified columns."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.anonymization import database_options, declared
from pipeline.privacy.anonymize.fitting import fitting
from pipeline.privacy.anonymize.run import Anonymization
from pipeline.privacy.database.connection import connect_database
from pipeline.privacy.declaration.suggest import as_file


@tree.command(prints="TOML")
@database_options
def command(database_url: str, source: Path) -> None:
    """Print lines to add to anonymization.toml for the unclassified columns of a database:
    suggestions based on names, types and constraints, for a person to review."""
    declaration = declared(source)
    with connect_database(database_url) as database:
        try:
            missing, chosen = fitting(Anonymization.begin(database, declaration, complete=False))
        finally:
            database.rollback()
    click.echo(as_file(missing, chosen), nl=False)
    click.echo(f"{len(missing)} columns are not classified", err=True)
