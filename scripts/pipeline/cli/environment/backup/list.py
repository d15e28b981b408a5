"""``pipeline environment backup list``: the existing backups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import environment_options, host_of
from pipeline.cli.options.form import format_option
from pipeline.cli.output.tables import ago, print_json, print_table, size
from pipeline.environment.backup import catalog, parts, retention
from pipeline.environment.backup.catalog import Entry
from pipeline.environment.operations.plan import age


@tree.command()
@environment_options
@format_option
@click.option(
    "--backup-path",
    type=click.Path(path_type=Path),
    default=None,
    help="A different backup " "folder.",
)
def command(environment: str, source: Path | None, form: str, backup_path: Path | None) -> None:
    """List the backups: age, size, version, whether they were verified."""
    host = host_of(environment, source, checked=False)
    folder = backup_path or host.environment.backups
    parts.tighten(folder, host.environment)
    found = [_row(one) for one in catalog.entries(folder, host.environment)]
    if form == "json":
        print_json(found)
        return
    titles = ("manifest", "age", "database", "filestore", "version", "reason", "verified")
    print_table(
        titles,
        (
            (
                (
                    row["manifest"],
                    ago(row["age_seconds"]),
                    size(row["database_bytes"]),
                    f"{row['files']} files, {size(row['filestore_bytes'])}",
                    row["version"] or "-",
                    row["reason"],
                    row["verified"] or "never",
                )
                if not row["error"]
                else (row["manifest"], "-", "-", "-", "-", f"BROKEN: {row['error']}", "-")
            )
            for row in found
        ),
    )


def _row(entry: Entry) -> dict[str, Any]:
    one = entry.manifest
    if one is None:
        return {"manifest": entry.path.name, "error": entry.error}
    return {
        "manifest": entry.path.name,
        "age_seconds": age(retention.moment(one)),
        "database_bytes": one.dump.size,
        "filestore_bytes": one.filestore.size,
        "files": one.filestore.files,
        "version": one.image.version,
        "image": one.image.digest,
        "image_stored": one.image.stored,
        "reason": one.reason,
        "verified": entry.verified,
        "error": "",
    }
