"""What a deployment would do, without doing it. An image that is not here is pulled to look at."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pipeline.core.references import digest_in
from pipeline.environment.backup import catalog, retention
from pipeline.environment.backup.manifest import Image
from pipeline.environment.host import image_store
from pipeline.environment.host.host import Host
from pipeline.environment.host.image_store import RegistryLogin
from pipeline.environment.machine import preflight
from pipeline.environment.odoo import installed_addons
from pipeline.environment.operations.deploy import DEPLOY
from pipeline.environment.operations.steps import downgrade, preparation
from pipeline.environment.runs import run_history

#: What stop, rollback point and start take, when no deployment has been measured yet.
_USUAL = {"stop": 5.0, "rollback-point": 2.0, "migrate": 30.0, "start": 2.0, "health": 10.0}


def make(
    host: Host,
    image: str,
    version: str,
    backups: Path,
    registry: RegistryLogin,
) -> dict[str, Any]:
    """The plan of a deployment.

    Args:
        host: the VM.
        image: the image to deploy.
        version: its version.
        backups: where the backup will go.
        registry: how it is logged in to.

    Raises:
        PipelineError: what a deployment would stop with.
    """
    before = preparation.machine(host, backups, version)
    if not host.containers(host.environment.database_service):
        return _without_database(host, before, image, version, backups, registry)
    preflight.database(host, start=False)
    found = preparation.database(host, backups, image, before)
    if not found["image_here"]:
        image_store.download(host, image, registry)
    way_back = downgrade.way_back(host, version, backups)
    found |= preparation.compared(host, found, image, _container(host), way_back)
    return {
        **_frame(host, before, image, version, backups),
        "updates": found["updates"],
        "install": found["install"],
        "why": found["why"],
        "side_by_side": found["side"],
        "downtime_seconds": 0.0 if found["side"] else round(downtime(host), 1),
        "disk_bytes": found["database_size"] * 2 + found["database_size"] // 2,
    }


def _frame(host: Host, before: Image, image: str, version: str, backups: Path) -> dict[str, Any]:
    """What every plan has, whatever the database says."""
    there = catalog.good(backups, host.environment)
    return {
        "environment": host.environment.name,
        "from": {"version": before.version, "digest": before.digest},
        "to": {"version": version, "digest": digest_in(image)},
        "backup_age_seconds": age(retention.moment(there[-1])) if there else None,
    }


def _without_database(
    host: Host, before: Image, image: str, version: str, backups: Path, registry: RegistryLogin
) -> dict[str, Any]:
    """The plan where PostgreSQL is down, as before a first deployment, which would start it.

    What is in the database decides what is updated, and only the deployment can ask it.
    """
    if not preparation.room(host, backups, image, 0):
        image_store.download(host, image, registry)
    code = installed_addons.of_image(host, image, {}, _container(host))
    install = list(installed_addons.fresh(code, host.environment.install))
    why = (
        "PostgreSQL is down: it is started; when it has no database of Odoo, "
        f"{preparation.new_database(install)}, else an update of what changed"
    )
    return {
        **_frame(host, before, image, version, backups),
        "updates": [],
        "install": install,
        "why": why,
        "side_by_side": False,
        "downtime_seconds": 0.0,  # without its database, no Odoo serves anybody
        "disk_bytes": 0,
    }


def _container(host: Host) -> str:
    return f"pipeline-plan-{secrets.token_hex(4)}-{host.environment.name}"


def age(moment: datetime) -> float:
    """Seconds since a backup."""
    return round((datetime.now(timezone.utc) - moment).total_seconds())


def downtime(host: Host) -> float:
    """How long the last deployment with an update was closed, else a usual value."""
    for past in reversed(run_history.history(host.runs)):
        seconds = past.story.seconds
        if past.kind == DEPLOY.name and past.story.outcome == "done" and "migrate" in seconds:
            return sum(seconds.get(step, 0.0) for step in _USUAL)
    return sum(_USUAL.values())


def rows(found: dict[str, Any], size: Callable[[int], str]) -> list[tuple[str, str]]:
    """The plan as rows of a table. Pure."""
    before, after = found["from"], found["to"]
    old = found["backup_age_seconds"]
    return [
        ("environment", found["environment"]),
        ("from", f"{before['version'] or '-'} {before['digest'] or 'nothing runs'}"),
        ("to", f"{after['version']} {after['digest']}"),
        *(("update", f"{name}: {reason}") for name, reason in found["updates"]),
        ("how", found["why"]),
        ("downtime", f"about {found['downtime_seconds']:.0f} s"),
        ("disk", f"about {size(found['disk_bytes'])}"),
        ("last backup", "none" if old is None else f"{old / 3600:.1f} h ago"),
    ]
