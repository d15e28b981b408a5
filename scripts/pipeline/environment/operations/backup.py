"""A standalone backup."""

from __future__ import annotations

from pipeline.core.errors import InputError
from pipeline.environment.operations.steps import not_anonymized
from pipeline.environment.operations.steps.facts import Checked
from pipeline.environment.operations.steps.preparation import BACKUP, PREFLIGHT, PreparedRequest
from pipeline.environment.runs import kind_names
from pipeline.environment.runs.context import RunContext, Step
from pipeline.environment.runs.runner import Kind


def _there_is_one(run: RunContext) -> None:
    if run.found(Checked).fresh:
        raise InputError(
            f"there is no database {run.host.environment.database} of Odoo to back up",
            "deploy first",
        )
    if not_anonymized.is_raw(run.host):
        raise InputError(
            "this database has PROD's personal data, and a backup would keep it",
            "refresh it with anonymization first",
        )


BACKUP_RUN = Kind(
    name=kind_names.BACKUP,
    request=PreparedRequest,
    steps=(PREFLIGHT, Step("database", _there_is_one), BACKUP),
)
