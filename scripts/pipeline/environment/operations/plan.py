"""What a deployment would do, without doing it. An image that is not here is pulled to look at."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pipeline.core.references import digest_in
from pipeline.environment.backup import catalog, retention
from pipeline.environment.host import image_store
from pipeline.environment.host.host import Host
from pipeline.environment.host.image_store import RegistryLogin
from pipeline.environment.operations.deploy import DEPLOY
from pipeline.environment.operations.steps import downgrade
from pipeline.environment.operations.steps.preparation import check, compared
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
    found = check(host, backups, image, version, start=False)
    if not found["image_here"]:
        image_store.download(host, image, registry)
    container = f"pipeline-plan-{secrets.token_hex(4)}-{host.environment.name}"
    way_back = downgrade.way_back(host, version, backups)
    found |= compared(host, found, image, container, way_back)
    there = catalog.good(backups, host.environment)
    return {
        "environment": host.environment.name,
        "from": {key: found["before"][key] for key in ("version", "digest")},
        "to": {"version": version, "digest": digest_in(image)},
        "updates": found["updates"],
        "install": found["install"],
        "why": found["why"],
        "side_by_side": found["side"],
        "downtime_seconds": 0.0 if found["side"] else round(downtime(host), 1),
        "disk_bytes": found["database_size"] * 2 + found["database_size"] // 2,
        "backup_age_seconds": age(retention.moment(there[-1])) if there else None,
    }


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
