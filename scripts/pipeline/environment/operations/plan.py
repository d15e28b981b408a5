"""What a deployment would do, without doing it. A missing image is pulled for inspection."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from pipeline.core.references import digest_in
from pipeline.environment.backup import catalog, retention
from pipeline.environment.host import image_store
from pipeline.environment.host.host import Host
from pipeline.environment.host.image_store import RegistryLogin
from pipeline.environment.machine import preflight
from pipeline.environment.operations.steps import downgrade
from pipeline.environment.operations.steps.comparison import compared
from pipeline.environment.operations.steps.preparation import (
    Postgres,
    check_database,
    check_machine,
    warnings,
)
from pipeline.environment.runs import kind_names, run_history

#: Seconds of each step while Odoo is down, until a deployment was measured.
_USUAL = {"stop": 5.0, "rollback-point": 2.0, "migrate": 30.0, "start": 2.0, "health": 10.0}

#: The content of the database decides what is updated, and only the deployment can read it.
_DOWN = (
    "PostgreSQL is down: it is started; if it has no Odoo database, {}, otherwise an update of "
    "what changed"
)


@dataclass(frozen=True)
class Version:
    """A version that runs, or would run."""

    version: str
    digest: str


@dataclass(frozen=True)
class Plan:
    """The plan of a deployment.

    Attributes:
        environment: ``uat`` or ``prod``.
        before: what runs; empty: nothing.
        after: what would run.
        updates: add-ons that would be updated, each with the reason.
        install: add-ons that a new database would get.
        why: the same in words.
        side_by_side: whether no request would be lost.
        downtime_seconds: how long visitors would see the maintenance page.
        disk_bytes: the disk space that it would need.
        backup_age_seconds: of the last backup; None: there is none.
        warnings: what does not stop a deployment, but should be fixed.
    """

    environment: str
    before: Version
    after: Version
    updates: tuple[tuple[str, str], ...]
    install: tuple[str, ...]
    why: str
    side_by_side: bool
    downtime_seconds: float
    disk_bytes: int
    backup_age_seconds: float | None
    warnings: tuple[str, ...] = ()


def make(
    host: Host,
    image: str,
    version: str,
    backups: Path,
    registry: RegistryLogin,
) -> Plan:
    """The plan of a deployment.

    Args:
        host: the VM.
        image: the image to deploy.
        version: its version.
        backups: the folder for the backup.
        registry: the login.

    Raises:
        PipelineError: the error that a deployment would stop with.
    """
    before = check_machine(host, backups, image, version)
    down = not preflight.postgres_runs(host)
    postgres = Postgres.DOWN if down else Postgres.RUNNING
    found = check_database(host, backups, image, before, postgres)
    if not found.image_here:
        image_store.download(host, image, registry)
    container = f"pipeline-plan-{secrets.token_hex(4)}-{host.environment.name}"
    way_back = downgrade.way_back(host, version, backups)
    means = compared(host, found, image, container, way_back)
    there = catalog.good(backups, host.environment)
    return Plan(
        environment=host.environment.name,
        before=Version(before.version, before.digest),
        after=Version(version, digest_in(image)),
        updates=means.updates,
        install=means.install,
        why=_DOWN.format(means.why) if down else means.why,
        side_by_side=means.side,
        # While the database is down, Odoo serves nobody.
        downtime_seconds=0.0 if means.side or down else round(downtime(host), 1),
        disk_bytes=found.database_size * 2 + found.database_size // 2,
        backup_age_seconds=age(retention.moment(there[-1])) if there else None,
        warnings=warnings(host, found, postgres),
    )


def age(moment: datetime) -> float:
    """Seconds since a backup."""
    return round((datetime.now(timezone.utc) - moment).total_seconds())


def downtime(host: Host) -> float:
    """The downtime of the last deployment with an update, otherwise a usual value."""
    for past in reversed(run_history.history(host.runs)):
        seconds = past.story.seconds
        if past.kind == kind_names.DEPLOY and past.story.outcome == "done" and "migrate" in seconds:
            return sum(seconds.get(step, 0.0) for step in _USUAL)
    return sum(_USUAL.values())


def document(plan: Plan) -> dict[str, object]:
    """The plan for JSON. Pure."""
    words = {"before": "from", "after": "to"}
    return {words.get(name, name): value for name, value in asdict(plan).items()}


def rows(plan: Plan, size: Callable[[int], str]) -> list[tuple[str, str]]:
    """The plan as rows of a table. Pure."""
    before, after, old = plan.before, plan.after, plan.backup_age_seconds
    return [
        ("environment", plan.environment),
        ("from", f"{before.version or '-'} {before.digest or 'nothing runs'}"),
        ("to", f"{after.version} {after.digest}"),
        *(("update", f"{name}: {reason}") for name, reason in plan.updates),
        ("how", plan.why),
        ("downtime", f"about {plan.downtime_seconds:.0f} s"),
        ("disk", f"about {size(plan.disk_bytes)}"),
        ("last backup", "none" if old is None else f"{old / 3600:.1f} h ago"),
        *(("warning", one) for one in plan.warnings),
    ]
