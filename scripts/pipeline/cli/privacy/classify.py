"""``pipeline privacy classify``: suggest lines of the declaration for unclassified columns."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.anonymization import database_options, declared, own_file
from pipeline.privacy.anonymize.fitting import fitting
from pipeline.privacy.anonymize.run import Anonymization
from pipeline.privacy.database.connection import connect_database
from pipeline.privacy.declaration.extend import extended
from pipeline.privacy.declaration.load import FILE_NAME
from pipeline.privacy.declaration.suggest import as_file


@tree.command(prints="TOML")
@database_options
@click.option(
    "--write", is_flag=True, help=f"Add the lines to {FILE_NAME}; what it has stays as it is."
)
def command(database_url: str, source: Path, write: bool) -> None:
    """Print lines to add to anonymization.toml for the unclassified columns of a database:
    suggestions based on names, types and constraints, for a person to review."""
    declaration = declared(source)
    with connect_database(database_url) as database:
        try:
            missing, chosen = fitting(Anonymization.begin(database, declaration, complete=False))
        finally:
            database.rollback()
    if write:
        path = own_file(source)
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        text = extended(there, str(path), missing, chosen)
        whole = path.with_name(f"{path.name}.new")
        whole.write_text(text, encoding="utf-8")
        whole.replace(path)  # never half a file
        nothing = [one for one in missing if not chosen[one.table, one.name]]
        click.echo(as_file(nothing, chosen), nl=False)
    else:
        click.echo(as_file(missing, chosen), nl=False)
    click.echo(f"{len(missing)} columns are not classified", err=True)
