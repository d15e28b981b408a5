"""``pipeline environment outbox``: list, release or drop what is held after a rollback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import caller, environment_options, host_of, run_options
from pipeline.cli.options.form import format_option
from pipeline.cli.output.tables import print_json, print_table
from pipeline.core.errors import InputError
from pipeline.environment.operations import start
from pipeline.environment.operations.outbox import OUTBOX, request
from pipeline.environment.outbox import holding
from pipeline.environment.outbox.hold_sql import GONE, UNKNOWN, WAITS
from pipeline.environment.outbox.row_kinds import MODELS

#: Number of ids shown in a table; JSON has all.
_IDS = 10


@tree.command(lasts=True)
@environment_options
@run_options
@format_option
@click.option("--release", is_flag=True, help="Put back what is held back, so that Odoo sends it.")
@click.option("--drop", is_flag=True, help="Forget what is held back: it is never sent.")
@click.option("--model", "models", multiple=True, help="Only this model, such as mail.mail.")
@click.option(
    "--only",
    "verdict",
    type=click.Choice((WAITS, GONE, UNKNOWN)),
    default=None,
    help="Only what was not sent since, what was, or what is unknown.",
)
@click.option(
    "--dry-run/--apply",
    default=True,
    show_default=True,
    help="Only show what --release or --drop would do, or do it.",
)
def command(
    environment: str,
    source: Path | None,
    form: str,
    release: bool,
    drop: bool,
    models: tuple[str, ...],
    verdict: str | None,
    dry_run: bool,
    **options: Any,
) -> None:
    """List what a rollback holds back so that nothing is sent twice; release or drop it."""
    _check(release, drop, models, dry_run)
    host = host_of(environment, source)
    if not dry_run:
        asked = request(release, models, verdict or "")
        start.start(host, OUTBOX, asked, caller(**options))
        return
    rows = [
        row
        for row in holding.held(host)
        if (not models or row["model"] in models) and verdict in (None, row["verdict"])
    ]
    if form == "json":
        print_json(rows)
        return
    if not rows:
        click.echo("nothing is held back")
        return
    print_table(("model", "sent meanwhile", "rows", "ids"), _table(rows))
    if release or drop:
        word = "sent" if release else "dropped, and never sent"
        click.echo(f"dry run: {len(rows)} would be {word}; do it with --apply")
    else:
        click.echo("--release sends it, --drop discards it; both need --apply")


def _check(release: bool, drop: bool, models: tuple[str, ...], dry_run: bool) -> None:
    if release and drop:
        raise InputError("--release and --drop are mutually exclusive", "give one of them")
    if not dry_run and not (release or drop):
        raise InputError("--apply needs an action", "give --release or --drop as well")
    if foreign := sorted({*models} - MODELS):
        raise InputError(
            f"{', '.join(foreign)} is never held back", f"use of: {', '.join(sorted(MODELS))}"
        )


def _table(rows: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    words = {WAITS: "no", GONE: "yes, or ended otherwise", UNKNOWN: "not known"}
    made: list[tuple[object, ...]] = []
    for line in holding.summary(rows):
        ids = [str(row["id"]) for row in rows if (row["model"], row["verdict"]) == line.what]
        more = ", …" if ids[_IDS:] else ""
        made.append((line.model, words[line.verdict], line.rows, ", ".join(ids[:_IDS]) + more))
    return made
