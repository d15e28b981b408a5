"""``pipeline privacy push``: put a copy to where developers get it."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.anonymization import report_key, report_key_option
from pipeline.cli.options.place import place_options, the_place
from pipeline.cli.options.step import source_option
from pipeline.core.errors import InputError
from pipeline.core.settings import load
from pipeline.privacy.copies.newest import KEEP, push_copy
from pipeline.privacy.copies.open_place import open_place


@tree.command(prints="progress")
@source_option
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder of the copy, as `pipeline privacy pack` made it.",
)
@click.option(
    "--to",
    "address",
    default="",
    help="The place: a folder, or sftp://user@host/path; default: [anonymization] copies.",
)
@place_options
@report_key_option
@click.option(
    "--keep",
    type=click.IntRange(1, 1000),
    default=KEEP,
    show_default=True,
    help="How many copies stay there; older ones are removed.",
)
@click.option(
    "--check-options", is_flag=True, help="Only check the options, and that the place answers."
)
def command(
    source: Path,
    folder: Path,
    address: str,
    ssh_key: Path | None,
    known_hosts: Path | None,
    in_container: bool,
    report_key_file: Path | None,
    keep: int,
    check_options: bool,
) -> None:
    """Put a signed copy into a place with several, and remove old ones there."""
    settings = load(source)
    project, address = settings.project.name, the_place(address, settings, "--to", in_container)
    now, key = datetime.now(timezone.utc), report_key(report_key_file)
    if not key:
        raise InputError(
            "a copy that others get is signed with a key, and there is none",
            "give the key that signs reports: --report-key-file, or ANONYMIZATION_REPORT_KEY",
        )
    with open_place(address, project, ssh_key, known_hosts) as place:
        if check_options:
            place.names()
            return
        pushed = push_copy(place, folder, project, key, now, keep)
    click.echo(f"{address}: {pushed.name} is the newest copy of {project}")
    for name in pushed.removed:
        click.echo(f"removed there: {name}")
