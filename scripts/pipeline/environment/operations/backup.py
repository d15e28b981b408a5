"""A standalone backup."""

from __future__ import annotations

from typing import Any

from pipeline.core.errors import InputError
from pipeline.environment.operations.steps import not_anonymized
from pipeline.environment.operations.steps.preparation import BACKUP, PREFLIGHT
from pipeline.environment.runs.run import Run, Step
from pipeline.environment.runs.runner import Kind


def request(reason: str, folder: str = "") -> dict[str, Any]:
    """What is asked for, as the journal keeps it."""
    return {"reason": reason, "backup_path": folder}


def _there_is_one(run: Run) -> None:
    if run.facts["fresh"]:
        raise InputError(
            f"there is no database {run.host.environment.database} of Odoo to back up",
            "deploy first",
        )
    if not_anonymized.is_raw(run.host):
        raise InputError(
            "this database has PROD's people as they are, and a backup would keep them",
            "refresh it with anonymization first",
        )


BACKUP_RUN = Kind(
    name="backup",
    steps=(PREFLIGHT, Step("database", _there_is_one), BACKUP),
)
