"""A standalone backup."""

from __future__ import annotations

from typing import Any

from pipeline.errors import InputError
from pipeline.vm import raw
from pipeline.vm.perform import Kind
from pipeline.vm.run import Run, Step
from pipeline.vm.steps_before import BACKUP, PREFLIGHT


def request(reason: str, folder: str = "") -> dict[str, Any]:
    """What is asked for, as the journal keeps it."""
    return {"reason": reason, "backup_path": folder}


def _there_is_one(run: Run) -> None:
    if run.facts["fresh"]:
        raise InputError(
            f"there is no database {run.host.environment.database} of Odoo to back up",
            "deploy first",
        )
    if raw.is_raw(run.host):
        raise InputError(
            "this database has PROD's people as they are, and a backup would keep them",
            "refresh it with anonymization first",
        )


BACKUP_RUN = Kind(
    name="backup",
    steps=(PREFLIGHT, Step("database", _there_is_one), BACKUP),
)
