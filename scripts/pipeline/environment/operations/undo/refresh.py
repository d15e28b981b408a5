"""The undo of a refresh's steps. Each can be done twice, and after a step that was interrupted."""

from __future__ import annotations

from pipeline.environment.odoo import rollback_point, web
from pipeline.environment.operations.steps import facts, kept_copies
from pipeline.environment.operations.steps.facts import Checked
from pipeline.environment.runs.context import RunContext


def drop_new(run: RunContext) -> None:
    """Remove the loaded database, unless it is the only one."""
    if run.host.has_database(run.host.environment.database):
        run.host.drop(kept_copies.point(run))


def start_again(run: RunContext) -> None:
    """Start what ran before."""
    before = facts.ran(run)
    image = run.found(Checked).before.reference
    web.start_again(run.host, image, before.ran, before.worked, run.say)


def put_back(run: RunContext) -> None:
    """Put the replaced database back."""
    if rollback_point.was_restored(run.host, facts.identity(run)):
        run.say("the database was restored by hand meanwhile: it stays as it is")
        return
    rollback_point.go_back(run.host, kept_copies.aside(run), kept_copies.point(run))


def stop(run: RunContext) -> None:
    """Stop Odoo, which runs on the loaded database."""
    web.stop(run.host)
