"""``pipeline environment backup create``: back up database, filestore and image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import caller, environment_options, host_of, run_options
from pipeline.environment.operations import start
from pipeline.environment.operations.backup import BACKUP_RUN
from pipeline.environment.operations.steps.facts import BackedUp
from pipeline.environment.operations.steps.preparation import PreparedRequest


@tree.command(lasts=True, prints="events")
@environment_options
@run_options
@click.option(
    "--reason", default="by hand", show_default=True, help="Reason, recorded in the manifest."
)
@click.option(
    "--backup-path",
    type=click.Path(path_type=Path),
    default=None,
    help="A different backup " "folder.",
)
def command(
    environment: str, source: Path | None, reason: str, backup_path: Path | None, **options: Any
) -> None:
    """Back up the environment while it runs."""
    folder = str(backup_path.absolute()) if backup_path else ""
    asked = PreparedRequest(reason=reason, backup_path=folder)
    run = start.start(host_of(environment, source), BACKUP_RUN, asked, caller(**options))
    click.echo(run.found(BackedUp).backup)
