"""Release or drop what is held after a rollback. It is a run, so that the history shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.environment.outbox import holding
from pipeline.environment.runs import kind_names
from pipeline.environment.runs.context import RunContext, Step
from pipeline.environment.runs.noted import Fact, Request
from pipeline.environment.runs.runner import Kind


@dataclass(frozen=True, kw_only=True)
class OutboxRequest(Request):
    """A decision.

    Attributes:
        release: whether it is sent; otherwise it never is.
        models: only of these; empty: all.
        verdict: only rows with this one; empty: any.
    """

    release: bool
    models: tuple[str, ...] = ()
    verdict: str = ""


@dataclass(frozen=True)
class Decided(Fact):
    """``decided``: number of rows by outcome."""

    decided: dict[str, int]


def request(release: bool, models: Sequence[str], verdict: str) -> OutboxRequest:
    """The request, with a description for the history."""
    what = " ".join(("release" if release else "drop", *models, *([verdict] if verdict else [])))
    return OutboxRequest(version=what, release=release, models=tuple(models), verdict=verdict)


def _decide(run: RunContext) -> None:
    asked = run.asked(OutboxRequest)
    counts = holding.decide(run.host, asked.release, asked.models, asked.verdict, run.folder.name)
    run.note(Decided(counts))
    run.say(holding.outcome(counts))


OUTBOX = Kind(
    name=kind_names.OUTBOX,
    request=OutboxRequest,
    # Not `notes`: earlier versions noted it under another name, and no resume needs it.
    steps=(Step("decide", _decide, may_note=(Decided,)),),
    forward=True,
)
