"""``pipeline privacy verify``: check a database without changing it."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.anonymization import database_options, declared, level_option
from pipeline.core.errors import CheckFailed
from pipeline.privacy.anonymize.run import Anonymization
from pipeline.privacy.database.connection import connect_database
from pipeline.privacy.treatment import attachments
from pipeline.privacy.verification import verify


@tree.command(prints="JSON")
@database_options
@level_option
@click.option(
    "--filestore",
    type=click.Path(path_type=Path),
    help="The database's filestore, to be checked as well.",
)
def command(database_url: str, source: Path, level: str | None, filestore: Path | None) -> None:
    """Check that every value of a database is one that the declaration allows.

    Fake values are recognised by their pools, forms and checksums: no other database is needed.
    Data entered afterwards is reported as well, so check fresh databases.
    """
    declaration = declared(source, level)
    with connect_database(database_url) as database:
        try:
            run = Anonymization.begin(database, declaration)
            found = verify.findings(database, run.schema, run.entries, declaration)
            checks = verify.integrity(database, run.schema, {})
            names = [row[0] for row in database.rows(attachments.NAMES)]
        finally:
            database.rollback()
    found += [f"{check}: {what}" for check, what in checks.items() if what]
    if found:
        raise CheckFailed(
            "this database is not anonymized:\n    " + "\n    ".join(found),
            "anonymize it before anybody uses it",
        )
    if filestore is not None:
        attachments.check(filestore, names)
    click.echo("every value is one that the declaration allows")
