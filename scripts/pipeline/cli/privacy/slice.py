"""``pipeline privacy slice``: cut a database to a part of its rows."""

from __future__ import annotations

import re
from datetime import datetime

import click

from pipeline.cli import tree
from pipeline.cli.options.phrases import OVERWRITE
from pipeline.core.errors import InputError
from pipeline.privacy.copies.records import parse_records, require_records
from pipeline.privacy.copies.slice_rows import ABOVE, Share, slice_rows
from pipeline.privacy.database.connection import connect_database


@tree.command(prints="progress")
@click.option("--database-url", envvar="DATABASE_URL", default="", help="As of `anonymize`.")
@OVERWRITE.option
@click.option(
    "--slice",
    "share",
    default="",
    help="Part of the rows to begin with, such as 1%, or records, by model and id: "
    "sale.order:1042,1043,res.partner:7.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Begin with the rows that were created from this day on.",
)
@click.option(
    "--whole-up-to",
    type=click.IntRange(0),
    default=ABOVE,
    show_default=True,
    help="Tables with at most this many rows are whole.",
)
@click.option("--check-options", is_flag=True, help="Only check the options; nothing is contacted.")
@click.option(
    "--check-records",
    is_flag=True,
    help="Only check the options, and that the records are in the database.",
)
def command(
    database_url: str,
    confirm: str,
    share: str,
    since: datetime | None,
    whole_up_to: int,
    check_options: bool,
    check_records: bool,
) -> None:
    """Delete most rows of a copy, so that every foreign key still holds.

    What the rows that stay belong to and point to stays as well, and so does configuration: what
    modules brought, and small tables.
    """
    OVERWRITE.check(confirm)
    part = _part(share, since)
    if check_options:
        return
    if check_records:
        if part.records:
            with connect_database(database_url) as database:
                require_records(database, part.records)
        return
    with connect_database(database_url) as database:
        cut = slice_rows(database, part, whole_up_to)
    for table, (before, after) in cut.items():
        click.echo(f"{table}: {after} of {before} rows")
    rows = sum(after for _, after in cut.values())
    click.echo(f"{len(cut)} tables cut, to {rows} of {sum(b for b, _ in cut.values())} rows")


def _part(share: str, since: datetime | None) -> Share:
    if bool(share) == (since is not None):
        raise InputError(
            "it is not clear what to keep", "give one of --slice and --since, not both"
        )
    if since is not None:
        return Share(since=since.date())
    if ":" in share:
        return Share(records=parse_records(share))
    found = re.fullmatch(r"(\d{1,2}(?:\.\d{1,3})?)\s*%", share)
    if not found or not float(found[1]):
        raise InputError(
            f"--slice {share!r} is not a part of a database",
            "give more than 0%, less than 100%; or records, such as sale.order:1042,1043",
        )
    return Share(percent=float(found[1]))
