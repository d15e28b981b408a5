"""``pipeline verify-backups``: are they whole, do they restore?"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click

from pipeline.commands.format_option import format_option
from pipeline.commands.on_vm import (
    environment_options,
    host_of,
    print_json,
    print_table,
)
from pipeline.errors import CheckFailed, InputError, PipelineError
from pipeline.vm.backup import catalog, verify
from pipeline.vm.backup.catalog import Entry
from pipeline.vm.host import Host


@click.command()
@environment_options
@format_option
@click.option("--restore", is_flag=True, help="Also restore each into a throwaway PostgreSQL.")
@click.option("--manifest", default="", help="Only this one.")
@click.option(
    "--backup-path", type=click.Path(path_type=Path), default=None, help="Another backup folder."
)
def command(
    environment: str,
    source: Path | None,
    form: str,
    restore: bool,
    manifest: str,
    backup_path: Path | None,
) -> None:
    """Read every byte of the backups; with --restore, restore them where nothing else is."""
    host = host_of(environment, source, checked=restore)
    folder = backup_path or host.environment.backups
    catalog.tighten(folder, host.environment)
    there = catalog.entries(folder, host.environment)
    entries = [one for one in there if manifest in ("", one.path.name)]
    if not entries:
        raise InputError(f"there is no such backup in {folder}", "`pipeline backups` lists them")
    results = [_verified(host, folder, entry, restore) for entry in entries]
    if form == "json":
        print_json(results)
    else:
        rows = ((one["manifest"], "; ".join(one["problems"]) or "whole") for one in results)
        print_table(("manifest", "result"), rows)
    bad = [one["manifest"] for one in results if one["problems"]]
    if bad:
        raise CheckFailed(
            f"broken backups: {', '.join(bad)}", "make a new one: `pipeline backup`; keep these"
        )


def _verified(host: Host, folder: Path, entry: Entry, restore: bool) -> dict[str, Any]:
    if entry.manifest is None:
        return {"manifest": entry.path.name, "problems": [entry.error]}
    problems = verify.problems(folder, entry.manifest)
    if restore and not problems:
        try:
            name = f"pipeline-{host.environment.name}-drill"
            problems = verify.drill(host, folder, entry.manifest, name)
        except PipelineError as error:
            problems = [error.message]
    if problems:
        catalog.unmark(entry.path)
    else:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        catalog.mark_verified(entry.path, now, "restore" if restore else "bytes")
    return {"manifest": entry.path.name, "problems": problems}
