"""Release or drop what is held after a rollback: a run of its own, so that its history shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.environment.outbox import holding
from pipeline.environment.runs.run import Run, Step
from pipeline.environment.runs.runner import Kind

KIND = "outbox"


def request(release: bool, models: Sequence[str], verdict: str) -> dict[str, Any]:
    """What is asked for, as the journal keeps it."""
    what = " ".join(("release" if release else "drop", *models, *([verdict] if verdict else [])))
    return {"release": release, "models": [*models], "verdict": verdict, "version": what}


def _decide(run: Run) -> None:
    asked = run.request
    counts = holding.decide(
        run.host, asked["release"], asked["models"], asked["verdict"], run.folder.name
    )
    run.note(outbox=counts)
    run.say(holding.outcome(counts))


OUTBOX = Kind(name=KIND, steps=(Step("decide", _decide),), forward=True)
