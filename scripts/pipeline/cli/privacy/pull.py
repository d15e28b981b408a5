"""``pipeline privacy pull``: load a copy of PROD's anonymized database into a local server."""

from __future__ import annotations

import tempfile
from datetime import datetime, timezone
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.anonymization import report_key, report_key_option
from pipeline.cli.options.place import place_options, the_place
from pipeline.cli.options.step import source_option
from pipeline.core.addons.discovery import discover, series_of
from pipeline.core.errors import InputError
from pipeline.core.settings import Settings, load
from pipeline.core.settings.environments import DATABASE_NAME, NAMES, resolve
from pipeline.privacy.copies.document import NAME as COPY
from pipeline.privacy.copies.document import CopyDocument, check_dump, check_fit, read_copy
from pipeline.privacy.copies.newest import copy_age, newest_copy
from pipeline.privacy.copies.open_place import open_place
from pipeline.privacy.copies.pull import load_copy


@tree.command(prints="progress")
@source_option
@click.option(
    "--from",
    "address",
    default="",
    help="A copy's folder, or the place with several, of which the newest is taken: a folder, or "
    "sftp://user@host/path; default: [anonymization] copies.",
)
@place_options
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
    source: Path,
    address: str,
    ssh_key: Path | None,
    known_hosts: Path | None,
    in_container: bool,
    database: str,
    report_key_file: Path | None,
    unsigned: bool,
) -> None:
    """Get the newest copy, check its signature, expiry and content, and load it into the local
    stack.

    Until it is complete, the database that is there stays as it is; then it is kept under another
    name, unless it is an earlier copy.
    """
    settings = load(source)
    project = settings.project.name
    name = _local(settings, database)
    key = report_key(report_key_file)
    series = settings.project.series or series_of(discover(source, settings), settings)
    now = datetime.now(timezone.utc)

    def fits(document: CopyDocument) -> None:
        check_fit(document, project, series, now)

    address = the_place(address, settings, "--from", in_container)
    if "://" not in address and (Path(address) / f"{COPY}.json").exists():
        document = read_copy(Path(address), key, unsigned=unsigned)
        fits(document)
        pulled = load_copy(check_dump(document, Path(address)), document, name)
    else:
        with tempfile.TemporaryDirectory(prefix="copy-of-prod-") as scratch:
            with open_place(address, project, ssh_key, known_hosts) as place:
                found = newest_copy(place, Path(scratch), fits, key, unsigned=unsigned)
            document = found.document
            click.echo(f"{address}: the newest copy is {found.name}, {copy_age(document, now)} old")
            for passed in found.passed:
                click.echo(f"passed over: {passed}")
            pulled = load_copy(found.folder / document.file, document, name)
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
