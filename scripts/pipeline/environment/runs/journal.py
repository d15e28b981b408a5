"""The journal of one run: what began, what ended, what was found. It decides what a resume does.

A journal is a file of JSON lines that only grows; each line is on the disk before what it
announces happens. Its last line may be torn by a power cut: such a line never happened.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pipeline.core import files
from pipeline.core.process import liveness
from pipeline.core.process.liveness import KnownProcess
from pipeline.environment.runs.lock import Owner

FILE_NAME = "journal.jsonl"
#: A line, as it stands there; :class:`Story` has what a line means.
Event = dict[str, Any]

#: Events. A run begins, and ends unless it was interrupted; between, steps and facts.
BEGAN, ENDED, RESUMED = "began", "ended", "resumed"
STEP_BEGAN, STEP_DONE, STEP_FAILED = "step-began", "step-done", "step-failed"
UNDO_BEGAN, UNDO_DONE, UNDO_FAILED = "undo-began", "undo-done", "undo-failed"
FACT, SAID = "fact", "said"
#: It can go neither on nor back now, and waits for a resume.
STUCK = "stuck"


@dataclass(frozen=True)
class Began:
    """The event that a journal begins with.

    Attributes:
        kind: of run; empty: nothing is written yet.
        request: what was asked for; its type depends on the kind.
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
    """Why a run can go neither on nor back, and what to do."""

    message: str
    fix: str


@dataclass(frozen=True)
class Story:
    """What a journal tells.

    Attributes:
        began: kind of run, who, with what.
        facts: everything noted, the latest value of each.
        begun: steps that began, in order, each once.
        done: steps that are done and were not undone.
        undone: steps that were undone.
        seconds: how long each finished step took.
        failure: message of the failure that is being undone; empty: none.
        ended: how it came to its end; None: it did not.
        stuck: why it could neither go on nor back; None: it could, or was resumed since.
        owner: process that writes it.
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
    owner: KnownProcess = KnownProcess()
    last: float = 0.0

    @property
    def outcome(self) -> str:
        """How it ended; ``unfinished`` when it did not."""
        return self.ended.outcome if self.ended else "unfinished"

    @property
    def version(self) -> str:
        """The version that it was asked for, or in its place what the history shows."""
        return str(self.began.request.get("version", ""))

    @property
    def took(self) -> float:
        """Seconds from its first event to its last."""
        return max(0.0, self.last - self.began.at) if self.began.kind else 0.0


def story(events: Iterable[Event]) -> Story:
    """Tell the story of a journal's events."""
    began = Began()
    facts: dict[str, Any] = {}
    begun: list[str] = []
    done: list[str] = []
    undone: list[str] = []
    seconds: dict[str, float] = {}
    failure, last = "", 0.0
    ended: Ended | None = None
    stuck: Stuck | None = None
    owner = KnownProcess()
    for event in events:
        kind, step, last = event["event"], event.get("step", ""), event["at"]
        if kind == BEGAN:
            began = _began(event)
            owner = began.by
        elif kind == RESUMED:
            owner, ended, stuck = liveness.read(KnownProcess, event.get("owner")), None, None
        elif kind == FACT:
            facts.update(event["facts"])
        elif kind == STEP_BEGAN:
            begun += [] if step in begun else [step]
            undone = [name for name in undone if name != step]  # and so it may be undone again
        elif kind == STEP_DONE and step not in done:
            done.append(step)
            seconds[step] = event["seconds"]
        elif kind == STEP_FAILED:
            failure = event["message"]
        elif kind == UNDO_DONE:
            undone.append(step)
            done = [name for name in done if name != step]
        elif kind == ENDED:
            ended = Ended(event["outcome"], event["exit"], event["message"], event["fix"])
        elif kind == STUCK:
            stuck = Stuck(event["message"], event["fix"])
    return Story(
        began=began,
        facts=facts,
        begun=tuple(begun),
        done=tuple(done),
        undone=tuple(undone),
        seconds=seconds,
        failure=failure,
        ended=ended,
        stuck=stuck,
        owner=owner,
        last=last,
    )


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


def read(path: Path) -> list[Event]:
    """The whole events of a journal; a torn line is left out."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return list(decode(content))


def first(path: Path) -> Event:
    """The event that a journal begins with; empty when it has none."""
    try:
        with path.open("rb") as file:
            return next(iter(decode(file.readline())), {})
    except FileNotFoundError:
        return {}


def decode(content: bytes) -> Iterable[Event]:
    """The whole events in a journal's bytes."""
    for line in content.split(b"\n"):
        try:
            event = json.loads(line)
        except ValueError:  # also what is not UTF-8
            continue
        if isinstance(event, dict) and "event" in event and "at" in event:
            yield event


class Journal:
    """A journal that is being written.

    Args:
        path: the file; it is made when it is not there.
        listen: called with each event once it is on the disk.
        make_room: called when the disk is full; whether it helped.

    Attributes:
        unwritten: why events are not on the disk yet; empty: all are.
    """

    def __init__(
        self,
        path: Path,
        listen: Callable[[Event], None] = lambda event: None,
        make_room: Callable[[], bool] = lambda: False,
    ) -> None:
        self.path = path
        self._listen = listen
        self._make_room = make_room
        self.unwritten = ""
        self._in_memory: list[Event] | None = None
        self._torn = path.exists() and not path.read_bytes().endswith(b"\n")

    def in_memory_if_need_be(self) -> None:
        """Keep events that cannot be written, and try again with each later one.

        For what must be done in any case. What announces something new must not happen unwritten.
        """
        if self._in_memory is None:
            self._in_memory = []

    def write(self, kind: str, /, **data: Any) -> None:
        """Append an event; it is on the disk when this returns, or else it raises OSError."""
        at = time.time()
        moment = datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds")
        event: Event = {"event": kind, "at": at, "time": moment, **data}
        events = [*(self._in_memory or ()), event]
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in events)
        try:
            self._append((("\n" if self._torn else "") + lines).encode("utf-8", "surrogateescape"))
            self._torn, self.unwritten, kept = False, "", []
        except OSError as error:
            if self._in_memory is None:
                raise
            self.unwritten, kept = error.strerror or str(error), events
        if self._in_memory is not None:
            self._in_memory = kept
        self._listen(event)

    def story(self) -> Story:
        """What it tells so far."""
        return story([*read(self.path), *(self._in_memory or ())])

    def _append(self, line: bytes) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, files.FILE)
        try:
            size = os.fstat(descriptor).st_size
            try:
                _write_whole(descriptor, line)
            except OSError:
                os.ftruncate(descriptor, size)  # no half a line
                if not self._make_room():
                    raise
                _write_whole(descriptor, line)
        finally:
            os.close(descriptor)


def _write_whole(descriptor: int, line: bytes) -> None:
    written = os.write(descriptor, line)
    if written < len(line):
        os.write(descriptor, line[written:])  # raises, when the disk is full
    os.fsync(descriptor)
