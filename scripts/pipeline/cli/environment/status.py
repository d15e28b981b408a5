"""``pipeline environment status``: the state of an environment."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import environment_options, host_of
from pipeline.cli.options.form import format_option
from pipeline.cli.output.runs import RunRow, row
from pipeline.cli.output.tables import ago, print_json, print_table, size
from pipeline.core.errors import PipelineError
from pipeline.core.odoo.health import fetch
from pipeline.environment.backup import catalog, retention
from pipeline.environment.host import proxy
from pipeline.environment.host.host import Host
from pipeline.environment.machine import minimum
from pipeline.environment.operations import plan
from pipeline.environment.operations.next_step import next_step
from pipeline.environment.operations.steps import deployed
from pipeline.environment.outbox import holding
from pipeline.environment.runs import lock, run_history
from pipeline.environment.runs.lock import Owner

_NEWEST = 5


@dataclass(frozen=True)
class EnvironmentStatus:
    """The state of an environment.

    Attributes:
        environment: ``uat`` or ``prod``.
        version: the deployed version; empty: none.
        image: its reference.
        digest: of the image.
        deployed: when it was.
        tested: whether UAT ran the image before.
        health: its health, as visitors see it (see :func:`health`).
        since: when its web server started.
        lock: who has the lock; None: nobody.
        unfinished: names of interrupted runs.
        held: rows that a rollback holds back, by model.
        database_size: in bytes; 0: the database is down.
        disk_free: in bytes.
        disk_total: in bytes.
        backup_age_seconds: of the last backup; None: there is none.
        runs: the newest runs.
        next: what a person has to do, with the command; empty: nothing.
    """

    environment: str
    version: str
    image: str
    digest: str
    deployed: str
    tested: bool
    health: str
    since: str
    lock: Owner | None
    unfinished: list[str]
    held: dict[str, int]
    database_size: int
    disk_free: int
    disk_total: int
    backup_age_seconds: float | None
    runs: list[RunRow]
    next: str


@tree.command()
@environment_options
@format_option
def command(environment: str, source: Path | None, form: str) -> None:
    """Version, health, uptime, last runs, lock, disk, age of the last backup."""
    host = host_of(environment, source)
    found = collect(host)
    if form == "json":
        print_json(asdict(found))
        return
    backup, holder = found.backup_age_seconds, found.lock
    rows = [
        ("environment", found.environment),
        ("version", f"{found.version or 'nothing is deployed'} {found.image}"),
        ("health", found.health),
        ("running since", found.since or "-"),
        ("lock", f"{holder.what}, {holder.user}, {holder.since}" if holder else "free"),
        ("unfinished", ", ".join(found.unfinished) or "nothing"),
        ("held back", _held_text(found.held)),
        ("database", size(found.database_size)),
        ("disk", f"{size(found.disk_free)} of {size(found.disk_total)} free"),
        ("last backup", "none" if backup is None else f"{ago(backup)} ago"),
    ]
    for one in found.runs:
        when = ago(time.time() - one.at)
        rows.append(
            (
                f"run {one.number}",
                f"{one.kind} {one.version}: {one.outcome}, {when} ago",
            )
        )
    print_table(("what", "state"), rows)
    if found.next:  # below the table, which would wrap a command
        click.echo(f"\nwhat to do: {found.next}")


def collect(host: Host) -> EnvironmentStatus:
    """Determine the state."""
    place = host.environment
    recorded = deployed.read(host)
    there = catalog.good(place.backups, place)
    newest = retention.moment(there[-1]) if there else None
    disk = shutil.disk_usage(minimum.existing(place.directory))
    history = run_history.history(host.runs)
    return EnvironmentStatus(
        environment=place.name,
        version=recorded.image.version,
        image=recorded.image.reference,
        digest=recorded.image.digest,
        deployed=recorded.at,
        tested=recorded.tested,
        health=health(host),
        since=_since(host),
        lock=lock.holder(host.runs),
        unfinished=[past.name for past in history if past.unfinished],
        held=_held(host),
        database_size=_database_size(host),
        disk_free=disk.free,
        disk_total=disk.total,
        backup_age_seconds=plan.age(newest) if newest else None,
        runs=[row(past) for past in history[-_NEWEST:]],
        next=next_step(place.name, history),
    )


def health(host: Host) -> str:
    """Its health, as visitors see it: ``good``, ``maintenance``, or what is wrong."""
    if proxy.closed(host):
        return "maintenance"
    answer, text = fetch(f"{host.environment.url}/web/health")
    if answer != 200:
        return f"BAD: {host.environment.url} answered {answer or text}"
    try:
        return "good" if json.loads(text).get("status") == "pass" else "good (unknown answer)"
    except ValueError:
        return "good (unknown answer)"


def _database_size(host: Host) -> int:
    try:
        return host.database_size()
    except PipelineError:  # a database that is down has no size
        return 0


def _held(host: Host) -> dict[str, int]:
    """Number of rows that a rollback holds back, by model."""
    try:
        return dict(Counter(row["model"] for row in holding.held(host)))
    except PipelineError:  # a database that is down cannot be queried
        return {}


def _held_text(held: dict[str, int]) -> str:
    if not held:
        return "nothing"
    parts = ", ".join(f"{model} {number}" for model, number in held.items())
    return f"{parts}: not sent until you decide (pipeline environment outbox)"


def _since(host: Host) -> str:
    running = host.containers(host.environment.web_service)
    found = [host.daemon.container(one) for one in running]
    return min((one.started for one in found if one is not None), default="")
