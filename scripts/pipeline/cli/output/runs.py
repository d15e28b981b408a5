"""A run as one row."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.environment.operations.rollback import HeldBack
from pipeline.environment.runs import noted
from pipeline.environment.runs.run_history import Past


@dataclass(frozen=True)
class RunRow:
    """A run, as in tables and JSON.

    Attributes:
        number: its number.
        name: of its folder.
        id: the name that its starter gave it.
        kind: such as ``deploy``.
        version: the requested version.
        image: reference of the requested image.
        untested: whether UAT did not run that image before.
        by: who began it, and where.
        began: when.
        at: time of its last event, in seconds since the epoch.
        seconds: its duration.
        outcome: how it ended, or that it did not.
        steps: duration of each finished step.
        held: number of rows it held back, so that they are not sent twice.
        message: what was wrong.
    """

    number: int
    name: str
    id: str
    kind: str
    version: str
    image: str
    untested: bool
    by: str
    began: str
    at: float
    seconds: float
    outcome: str
    steps: dict[str, float]
    held: int
    message: str


def row(past: Past) -> RunRow:
    """A run as one row."""
    story, began = past.story, past.story.began
    held = noted.elsewhere(HeldBack, story.facts)
    problem = story.ended or story.stuck
    return RunRow(
        number=past.number,
        name=past.name,
        id=past.id,
        kind=past.kind,
        version=story.version,
        image=str(began.request.get("image", "")),
        untested=bool(began.request.get("untested")),
        by=f"{began.by.user}@{began.by.host}" if began.kind else "?",
        began=began.time,
        at=story.last,
        seconds=round(story.took, 1),
        outcome="running" if past.running else story.outcome,
        steps=story.seconds,
        held=sum(one.rows for one in held.outbox.held) if held else 0,
        message=problem.message if problem else "",
    )
