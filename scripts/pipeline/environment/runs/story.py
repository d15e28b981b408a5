"""What the events of a journal mean together: how far a run got. It decides what a resume does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pipeline.core.process import liveness
from pipeline.core.process.liveness import KnownProcess
from pipeline.environment.runs import journal
from pipeline.environment.runs.journal import Event
from pipeline.environment.runs.lock import Owner


@dataclass(frozen=True)
class Began:
    """The event that a journal begins with.

    Attributes:
        kind: of run; empty: nothing was written yet.
        request: the request; its type depends on the kind.
        by: who began it.
        at: when, in seconds since the epoch.
        time: the same, for people.
        link: address of the CI run.
        pipeline: version of this package.
    """

    kind: str = ""
    request: dict[str, Any] = field(default_factory=dict)
    by: Owner = Owner()
    at: float = 0.0
    time: str = ""
    link: str = ""
    pipeline: str = "a newer one"


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        outcome: such as ``done``.
        exit: exit code of the command.
        message: what was wrong.
        fix: what to do.
    """

    outcome: str
    exit: int
    message: str
    fix: str


@dataclass(frozen=True)
class Stuck:
    """Why a run can neither continue nor be undone, and what to do."""

    message: str
    fix: str


@dataclass(frozen=True)
class Story:
    """A journal, interpreted.

    Attributes:
        began: kind of run, who, with what.
        facts: all noted facts, with their latest values.
        begun: steps that began, in order, each once.
        done: steps that are done and were not undone.
        undone: steps that were undone.
        seconds: duration of each finished step.
        failure: message of the failure that is being undone; empty: none.
        ended: how it ended; None: it did not.
        stuck: why it could neither continue nor be undone; None: it could, or was resumed since.
        resumes: number of times that it was resumed.
        owner: the process that writes it.
        last: time of the last event, in seconds since the epoch.
    """

    began: Began = Began()
    facts: dict[str, Any] = field(default_factory=dict)
    begun: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    failure: str = ""
    ended: Ended | None = None
    stuck: Stuck | None = None
    resumes: int = 0
    owner: KnownProcess = KnownProcess()
    last: float = 0.0

    @classmethod
    def of(cls, events: Iterable[Event]) -> Story:
        """Interpret events."""
        began = Began()
        facts: dict[str, Any] = {}
        begun: list[str] = []
        done: list[str] = []
        undone: list[str] = []
        seconds: dict[str, float] = {}
        failure, last = "", 0.0
        ended: Ended | None = None
        stuck: Stuck | None = None
        resumes = 0
        owner = KnownProcess()
        for event in events:
            kind, step, last = event["event"], event.get("step", ""), event["at"]
            if kind == journal.BEGAN:
                began = _began(event)
                owner = began.by
            elif kind == journal.RESUMED:
                owner, ended, stuck = liveness.read(KnownProcess, event.get("owner")), None, None
                resumes += 1
            elif kind == journal.FACT:
                facts.update(event["facts"])
            elif kind == journal.STEP_BEGAN:
                begun += [] if step in begun else [step]
                undone = [name for name in undone if name != step]  # so it may be undone again
            elif kind == journal.STEP_DONE and step not in done:
                done.append(step)
                seconds[step] = event["seconds"]
            elif kind == journal.STEP_FAILED:
                failure = event["message"]
            elif kind == journal.UNDO_DONE:
                undone.append(step)
                done = [name for name in done if name != step]
            elif kind == journal.ENDED:
                ended = Ended(event["outcome"], event["exit"], event["message"], event["fix"])
            elif kind == journal.STUCK:
                stuck = Stuck(event["message"], event["fix"])
        return cls(
            began=began,
            facts=facts,
            begun=tuple(begun),
            done=tuple(done),
            undone=tuple(undone),
            seconds=seconds,
            failure=failure,
            ended=ended,
            stuck=stuck,
            resumes=resumes,
            owner=owner,
            last=last,
        )

    @property
    def outcome(self) -> str:
        """How it ended; ``unfinished`` when it did not."""
        return self.ended.outcome if self.ended else "unfinished"

    @property
    def version(self) -> str:
        """The requested version, or other text for the history."""
        return str(self.began.request.get("version", ""))

    @property
    def took(self) -> float:
        """Seconds from its first event to its last."""
        return max(0.0, self.last - self.began.at) if self.began.kind else 0.0


def _began(event: Event) -> Began:
    asked = event.get("request")
    return Began(
        kind=str(event.get("kind", "")),
        request=asked if isinstance(asked, dict) else {},
        by=liveness.read(Owner, event.get("owner")),
        at=event["at"],
        time=str(event.get("time", "")),
        link=str(event.get("link", "")),
        pipeline=str(event.get("pipeline", Began.pipeline)),
    )
