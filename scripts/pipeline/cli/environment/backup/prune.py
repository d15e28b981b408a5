"""``pipeline environment backup prune``: remove old backups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import environment_options, host_of
from pipeline.cli.options.form import format_option
from pipeline.cli.output.tables import print_json, print_table
from pipeline.environment.backup import catalog, parts, retention
from pipeline.environment.runs import lock


@tree.command(lasts=True)
@environment_options
@format_option
@click.option("--dry-run", is_flag=True, help="Show what would be removed, and remove nothing.")
@click.option(
    "--backup-path",
    type=click.Path(path_type=Path),
    default=None,
    help="A different backup " "folder.",
)
def command(
    environment: str, source: Path | None, form: str, dry_run: bool, backup_path: Path | None
) -> None:
    """Keep the newest backups of the last days, weeks and months; remove the others."""
    host = host_of(environment, source, checked=False)
    place = host.environment
    folder = backup_path or place.backups
    with lock.held(host.runs, lock.owner("backup prune")):
        if not dry_run:
            parts.tighten(folder, place)
        there = catalog.good(folder, place)
        kept = retention.keep(there, place.keep_daily, place.keep_weekly, place.keep_monthly)
        # Never the newest backup that is known to restore.
        if whole := [one for one in there if catalog.verified(folder / one.file_name)]:
            kept.setdefault(whole[-1].stamp, "newest verified")
        gone = [one for one in there if one.stamp not in kept]
        if not dry_run:
            parts.remove(folder, gone, place)
    rows: list[dict[str, Any]] = [
        {"manifest": one.file_name, "kept": one.stamp in kept, "why": kept.get(one.stamp, "old")}
        for one in there
    ]
    if form == "json":
        print_json(rows)
    else:
        word = "would go" if dry_run else "removed"
        print_table(
            ("manifest", "result", "why"),
            ((row["manifest"], "kept" if row["kept"] else word, row["why"]) for row in rows),
        )
