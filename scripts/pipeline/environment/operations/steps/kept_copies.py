"""Copies of the database: the names of a run's own, and which of earlier runs are kept.

The newest is kept. Of consecutive rollbacks, all are kept: when one stopped and is repeated, the
second puts aside what the first restored, and only the first one's copy has what was written
before. The rollback point of a deployment that stopped before them is kept, too: the rollbacks put
aside what its update left, and only the rollback point is in the state that people knew. All copies
of an abandoned run are kept, because it is unknown how far it got.
"""

from __future__ import annotations

from pipeline.environment.host.host import Host
from pipeline.environment.odoo import rollback_point
from pipeline.environment.runs import kind_names, run_history
from pipeline.environment.runs.abandoned import ABANDONED
from pipeline.environment.runs.context import RunContext
from pipeline.environment.runs.runner import STOPPED

#: Kinds of runs that end a chain of consecutive rollbacks.
_ENDS = (kind_names.DEPLOY, kind_names.REFRESH)


def point(run: RunContext) -> str:
    """Name of the rollback point that this run makes."""
    return rollback_point.name(run.host, run.number)


def aside(run: RunContext) -> str:
    """Name of the database that this run puts aside."""
    return rollback_point.aside(run.host, run.number)


def tidy(run: RunContext) -> None:
    """Remove unneeded copies of earlier runs; report those that cannot be removed."""
    copies = rollback_point.others(run.host)
    if not copies:
        return
    newest = copies[-1]
    kept = {newest, *_before(run.host, int(newest.rpartition("-")[2]))}
    for one in copies:
        if one not in kept:
            rollback_point.remove(run.host, one, run.say)


def earlier(run: RunContext) -> list[str]:
    """Copies of the runs directly before this rollback that it does not replace, newest first."""
    there = set(rollback_point.others(run.host))
    return [one for one in _before(run.host, run.number) if one in there]


def _before(host: Host, number: int) -> list[str]:
    """Names of the copies of the rollbacks directly before a run, newest first, with the rollback
    point of the deployment before them, if it stopped or was abandoned.

    There are none before a deployment or a refresh, which ends the chain.
    """
    runs = {one.number: one for one in run_history.history(host.runs)}
    this = runs.pop(number, None)
    if this is not None and this.kind != kind_names.ROLLBACK:
        return []
    names = []
    for past in sorted(runs.values(), key=lambda one: -one.number):
        if past.number > number:
            continue
        if past.kind in _ENDS:
            if past.story.outcome in (STOPPED, ABANDONED):
                names.append(rollback_point.name(host, past.number))
            if past.story.outcome == ABANDONED:
                names.append(rollback_point.aside(host, past.number))
            break
        if past.kind == kind_names.ROLLBACK:
            names.append(rollback_point.aside(host, past.number))
    return names
