"""After a failure of a rollback: the undo of each step, and the halt at which a person decides.

Each can be done twice, and after a step that was interrupted.
"""

from __future__ import annotations

from pipeline.core.errors import PipelineError
from pipeline.environment.odoo import rollback_point, web
from pipeline.environment.operations.steps import facts, kept_copies, maintenance, rollback_database
from pipeline.environment.operations.steps.chosen_backup import ChosenBackup
from pipeline.environment.operations.steps.facts import Before, Identity
from pipeline.environment.runs.context import RunContext


def start_again(run: RunContext) -> None:
    """Start what ran before. It may be unhealthy: that can be the reason for the rollback."""
    host, image = run.host, run.found(Before).before.reference
    if image:
        web.start_again(host, image, facts.ran(run).ran, worked=False, say=run.say)


def drop_aside(run: RunContext) -> None:
    """Remove the copy of the database, which is not restored yet."""
    if not rollback_database.point(run):
        rollback_point.drop(run.host, kept_copies.aside(run))


def halts(run: RunContext) -> bool:
    """Whether the database was replaced already; a restore that fails changes nothing."""
    try:
        return rollback_point.identity(run.host) != run.found(Identity).identity
    except PipelineError:
        return True


def halt(run: RunContext) -> str:
    """Stop Odoo and leave the database to a person; gives the command that rolls it back again."""
    maintenance.halt(run)
    chosen = run.asked(ChosenBackup).manifest
    return (
        f"nothing is lost: the replaced database is kept as {kept_copies.aside(run)}. Fix the "
        f"cause, then, {run.host.environment.on_vm('rollback', '--manifest', chosen)}"
    )
