"""Copies of the database that earlier runs left: which are kept, and which may go.

The newest is kept. Of rollbacks right after each other all are: one that stopped and was done again
puts aside what the first one restored, and only the first one's copy has what was written before.
So is the rollback point of a deployment that stopped before them: they put aside what its update
left, and only the rollback point is as people knew it.
"""

from __future__ import annotations

from pipeline.environment.host.host import Host
from pipeline.environment.odoo import rollback_point
from pipeline.environment.runs import run_history
from pipeline.environment.runs.context import RunContext
from pipeline.environment.runs.runner import STOPPED

#: Runs that replace the database or what it is for; the others leave a chain of rollbacks whole.
_ENDS = ("deploy", "load-refresh")
_ROLLBACK = "rollback"


def tidy(run: RunContext) -> None:
    """Remove what earlier runs left and nobody needs; report which copies cannot be removed."""
    copies = rollback_point.others(run.host)
    if not copies:
        return
    newest = copies[-1]
    kept = {newest, *_before(run.host, newest.rpartition("-")[2])}
    for one in copies:
        if one not in kept:
            rollback_point.remove(run.host, one, run.say)


def earlier(run: RunContext) -> list[str]:
    """Copies by the runs right before this rollback that it does not replace, newest first."""
    there = set(rollback_point.others(run.host))
    return [one for one in _before(run.host, run.folder.name[:6]) if one in there]


def _before(host: Host, number: str) -> list[str]:
    """Names of the copies by rollbacks right before a run, newest first; with the rollback point of
    the deployment before them, if it stopped.

    Right before a deployment or a refresh there is nothing of that kind: it ends the chain.
    """
    runs = {one.number: one for one in run_history.history(host.runs)}
    this = runs.pop(int(number), None)
    if this is not None and this.kind != _ROLLBACK:
        return []
    names = []
    for past in sorted(runs.values(), key=lambda one: -one.number):
        if past.number > int(number):
            continue
        if past.kind in _ENDS:
            if past.story.outcome == STOPPED:
                names.append(rollback_point.name(host, f"{past.number:06}"))
            break
        if past.kind == _ROLLBACK:
            names.append(rollback_point.aside(host, f"{past.number:06}"))
    return names
