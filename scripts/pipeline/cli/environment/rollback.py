"""``pipeline environment rollback``: return to a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import caller, environment_options, host_of, run_options
from pipeline.environment.backup import catalog
from pipeline.environment.operations import start
from pipeline.environment.operations.rollback import ROLLBACK
from pipeline.environment.operations.steps.chosen_backup import request


@tree.command(lasts=True, prints="events")
@environment_options
@run_options
@click.option("--manifest", default="", help="The backup; default: the newest.")
@click.option(
    "--backup-path",
    type=click.Path(path_type=Path),
    default=None,
    help="A different backup " "folder.",
)
def command(
    environment: str, source: Path | None, manifest: str, backup_path: Path | None, **options: Any
) -> None:
    """Restore database, filestore and image from a backup; the current database is kept aside."""
    host = host_of(environment, source)
    folder = backup_path or host.environment.backups
    found = catalog.find(folder, manifest, host.environment)
    chosen = Path(manifest) if Path(manifest).is_absolute() else folder / found.file_name
    start.start(host, ROLLBACK, request(chosen), caller(**options))
