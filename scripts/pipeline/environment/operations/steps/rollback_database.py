"""The database of a rollback: what it is restored from, and the copy that is kept of it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.environment.backup import retention
from pipeline.environment.backup.dump import dump
from pipeline.environment.host import sql
from pipeline.environment.host.host import Host
from pipeline.environment.machine import preflight
from pipeline.environment.odoo import rollback_point
from pipeline.environment.operations.steps import deployed, facts, kept_copies
from pipeline.environment.operations.steps.chosen_backup import backup_of, folder_of
from pipeline.environment.operations.steps.facts import BackedUp, ToRun
from pipeline.environment.runs import kind_names, noted, run_history
from pipeline.environment.runs.context import RunContext
from pipeline.environment.runs.noted import Fact
from pipeline.environment.runs.runner import STOPPED


@dataclass(frozen=True)
class Point(Fact):
    """What is restored, and what it replaces.

    Attributes:
        point: the rollback point that is used instead of the dump; empty: none.
        size: of the database that is replaced, in bytes.
    """

    point: str
    size: int


def point(run: RunContext) -> str:
    """The rollback point that is used instead of the dump; empty: none, or not known yet."""
    found = run.find(Point)
    return found.point if found else ""


def stopped_deployment(host: Host, chosen: str) -> str:
    """The rollback point of the last deployment, if it stopped and its backup is the chosen one."""
    runs = reversed(run_history.history(host.runs))
    last = next((one for one in runs if one.kind == kind_names.DEPLOY), None)
    made = None if last is None else noted.elsewhere(BackedUp, last.story.facts)
    if last is None or last.story.outcome != STOPPED or made is None or made.backup != chosen:
        return ""
    name = rollback_point.name(host, last.number)
    return name if host.has_database(name) else ""


def put_aside(run: RunContext) -> None:
    """Keep the database as it is, with all that was written since."""
    if point(run) or not run.host.has_database(run.host.environment.database):
        return
    rollback_point.make(run.host, kept_copies.aside(run), run.found(Point).size)


def restore(run: RunContext) -> None:
    """Replace the database with the rollback point or the backup's dump."""
    host, database = run.host, run.host.environment.database
    if point(run):
        rollback_point.go_back(host, point(run), kept_copies.aside(run))
        _name_image(run)
        return
    if rollback_point.was_restored(host, facts.identity(run)):
        run.say("the database was restored already")  # and somebody may have worked in it since
        _name_image(run)
        return
    if not host.has_database(database):
        host.sql(sql.create(database, host.environment.database_user))
    run.say("restoring the database")
    path = folder_of(run) / backup_of(run).dump.name
    dump.load(
        host, path, database, host.environment.database_container, preflight.data_seconds(host)
    )
    _name_image(run)


def _name_image(run: RunContext) -> None:
    """From here on, starting Odoo by hand starts the version that fits the database."""
    deployed.name(run.host, run.found(ToRun).after)


def descends(run: RunContext) -> bool:
    """Whether the database that was put aside developed from the restored moment."""
    then = retention.moment(backup_of(run)).timestamp()
    return point(run) != "" or not any(
        past.kind in (kind_names.ROLLBACK, kind_names.REFRESH) and past.story.began.at > then
        for past in run_history.history(run.host.runs)
        if past.folder != run.folder
    )
