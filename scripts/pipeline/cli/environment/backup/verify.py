"""``pipeline environment backup verify``: whether backups are complete and can be restored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import environment_options, host_of
from pipeline.cli.options.form import format_option
from pipeline.cli.output.events import tell
from pipeline.cli.output.tables import print_json, print_table
from pipeline.core import files
from pipeline.core.errors import CheckFailed, InputError, Refused
from pipeline.environment.backup import catalog, parts, verify
from pipeline.environment.backup.catalog import Entry
from pipeline.environment.backup.manifest import Manifest
from pipeline.environment.host.host import Host
from pipeline.environment.operations import start
from pipeline.environment.operations.drill import DRILL
from pipeline.environment.operations.start import Caller
from pipeline.environment.operations.steps.chosen_backup import request


@tree.command(lasts=True)
@environment_options
@format_option
@click.option(
    "--restore", is_flag=True, help="Also restore each one in isolation, and start Odoo on it."
)
@click.option("--wait", type=float, default=0.0, help="Seconds to wait for the lock.")
@click.option("--manifest", default="", help="Only this backup.")
@click.option(
    "--backup-path",
    type=click.Path(path_type=Path),
    default=None,
    help="A different backup " "folder.",
)
def command(
    environment: str,
    source: Path | None,
    form: str,
    restore: bool,
    wait: float,
    manifest: str,
    backup_path: Path | None,
) -> None:
    """Read every byte of the backups; with --restore, also restore them in isolation.

    A restore is done twice, over what the live database has; then Odoo must answer on it.
    """
    host = host_of(environment, source, checked=restore)
    folder = backup_path or host.environment.backups
    parts.tighten(folder, host.environment)
    there = catalog.entries(folder, host.environment)
    entries = [one for one in there if manifest in ("", one.path.name)]
    if not entries:
        raise InputError(
            f"there is no such backup in {folder}", "`pipeline environment backup list` lists them"
        )
    how = Caller(wait=wait, listen=tell if form == "table" else lambda event: None)
    digests = files.Digests()

    def problems(entry: Entry, backup: Manifest) -> list[str]:
        if restore:
            return _tried(host, entry.path.absolute(), how)
        return verify.problems(folder, backup, digests)

    results = [_verified(entry, problems, "restore" if restore else "bytes") for entry in entries]
    if form == "json":
        print_json(results)
    else:
        rows = ((one["manifest"], "; ".join(one["problems"]) or "whole") for one in results)
        print_table(("manifest", "result"), rows)
    bad = [one["manifest"] for one in results if one["problems"]]
    if bad:
        raise CheckFailed(
            f"broken backups: {', '.join(bad)}",
            "create a new one with `pipeline environment backup create`; keep these",
        )


def _verified(
    entry: Entry, find: Callable[[Entry, Manifest], list[str]], how: str
) -> dict[str, Any]:
    if entry.manifest is None:
        return {"manifest": entry.path.name, "problems": [entry.error]}
    problems = find(entry, entry.manifest)
    if problems:
        catalog.unmark(entry.path)
    else:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        catalog.mark_verified(entry.path, now, how)
    return {"manifest": entry.path.name, "problems": problems}


def _tried(host: Host, path: Path, drill: Caller) -> list[str]:
    """What is wrong with a backup. A problem of this machine is raised instead: it says nothing
    about the backup, whose earlier verification stays valid."""
    try:
        start.start(host, DRILL, request(path), drill)
    except (CheckFailed, Refused) as error:
        return [error.message]
    return []
