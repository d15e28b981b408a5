"""A backup for itself."""

from __future__ import annotations

from typing import Any

from pipeline.errors import InputError
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


BACKUP_RUN = Kind(
    name="backup",
    steps=(PREFLIGHT, Step("database", _there_is_one), BACKUP),
)
