"""Release or drop what is held after a rollback: a run of its own, so that its history shows it."""

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
        release: whether it is sent; else it never is.
        models: only of these; empty: all.
        verdict: only with this one; empty: any.
    """

    release: bool
    models: tuple[str, ...] = ()
    verdict: str = ""


@dataclass(frozen=True)
class Decided(Fact):
    """``decided``: rows by what became of them."""

    decided: dict[str, int]


def request(release: bool, models: Sequence[str], verdict: str) -> OutboxRequest:
    """What is asked for, with words for the history."""
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
    # Not `notes`: versions before this fact noted it by another name, and no resume needs it.
    steps=(Step("decide", _decide, may_note=(Decided,)),),
    forward=True,
)
