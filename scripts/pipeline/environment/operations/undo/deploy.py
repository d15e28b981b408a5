"""After a failure of a deployment: the undo of each step, and the halt at which a person decides.

Each can be done twice, and after a step that was interrupted.
"""

from __future__ import annotations

from pipeline.environment.host import proxy
from pipeline.environment.odoo import rollback_point, row_changes, web
from pipeline.environment.operations.steps import facts, kept_copies, maintenance
from pipeline.environment.operations.steps.comparison import side_by_side
from pipeline.environment.operations.steps.facts import (
    BackedUp,
    Checked,
    OdooStopped,
    OldContainers,
)
from pipeline.environment.runs.context import RunContext


def start_old(run: RunContext) -> None:
    """Start what ran before, with the old image; if nothing was deployed before, remove Odoo."""
    image = run.found(Checked).before.reference
    if not image:
        web.remove(run.host)
        return
    before = facts.ran(run)
    # Side by side, the web server was never stopped.
    kept = (run.host.environment.web_service,) if side_by_side(run) else ()
    ran = [one for one in before.ran if one not in kept]
    web.start_again(run.host, image, ran, before.worked, run.say)


def drop_rollback_point(run: RunContext) -> None:
    """Remove the copy of the database."""
    if not run.found(Checked).no_database:
        rollback_point.drop(run.host, kept_copies.point(run))


def restore_database(run: RunContext) -> None:
    """Replace the database with the rollback point; a database that was created is removed."""
    checked = run.found(Checked)
    if checked.no_database:
        run.host.drop(run.host.environment.database)
        return
    if rollback_point.was_restored(run.host, facts.identity(run)):
        run.say("the database was restored by hand meanwhile: it stays as it is")
        return
    if not checked.fresh and "switch" in run.story().begun:
        found = row_changes.since(run.host, run.found(OdooStopped).stopped)
        run.say(f"put aside with the new version: {row_changes.text(found)}")
    rollback_point.go_back(
        run.host,
        kept_copies.point(run),
        kept_copies.aside(run),
    )


def discard_new_version(run: RunContext) -> None:
    """Remove the containers of the new version."""
    if not side_by_side(run):
        web.remove(run.host)
        return
    there = run.host.containers(run.host.environment.web_service, everything=True)
    old = run.found(OldContainers).old
    web.discard(run.host, [one for one in there if one not in old], 1)
    proxy.pin(run.host, "")


def switch_back(run: RunContext) -> None:
    """Send visitors to the old version again, or to the maintenance page."""
    if side_by_side(run):
        proxy.pin(run.host, web.name(run.host, run.found(OldContainers).old[0]))
        proxy.drain(run.host)
    else:
        proxy.close(run.host)


def halt(run: RunContext) -> str:
    """Stop Odoo and leave the database to a person; gives the command that rolls it back."""
    maintenance.halt(run)
    backup = run.found(BackedUp).backup
    command = run.host.environment.on_vm("rollback", "--manifest", backup)
    return f"return to the previous version, {command}"
