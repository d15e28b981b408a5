"""The journal of one run: a file of JSON lines that only grows, one line per event.

Each line is on the disk before what it announces happens. A power failure can truncate the last
line, which then does not count. :class:`story.Story` interprets the events.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pipeline.core import files

FILE_NAME = "journal.jsonl"
#: An event, as in its line.
Event = dict[str, Any]

#: Events. A run begins, and ends unless it was interrupted; in between, there are steps and facts.
BEGAN, ENDED, RESUMED = "began", "ended", "resumed"
STEP_BEGAN, STEP_DONE, STEP_FAILED = "step-began", "step-done", "step-failed"
UNDO_BEGAN, UNDO_DONE, UNDO_FAILED = "undo-began", "undo-done", "undo-failed"
FACT, SAID = "fact", "said"
#: The run can neither continue nor be undone now, and waits for a resume.
STUCK = "stuck"


def read(path: Path) -> list[Event]:
    """The events of a journal, without a truncated last line."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return list(decode(content))


def first(path: Path) -> Event:
    """The first event of a journal; empty when it has none."""
    try:
        with path.open("rb") as file:
            return next(iter(decode(file.readline())), {})
    except FileNotFoundError:
        return {}


def decode(content: bytes) -> Iterable[Event]:
    """The complete events in a journal's bytes."""
    for line in content.split(b"\n"):
        try:
            event = json.loads(line)
        except ValueError:  # including invalid UTF-8
            continue
        if isinstance(event, dict) and "event" in event and "at" in event:
            yield event


class Journal:
    """A journal that is being written.

    Args:
        path: the file; it is created if it does not exist.
        listen: called with each event once it is on the disk.
        make_room: called when the disk is full; returns whether it freed space.

    Attributes:
        unwritten: why some events are not on the disk yet; empty: all are.
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
        """Keep events that cannot be written in memory, and retry with each later one.

        For what must be done in any case. Nothing new may begin before its event is written.
        """
        if self._in_memory is None:
            self._in_memory = []

    def write(self, kind: str, /, **data: Any) -> None:
        """Append an event; it is on the disk when this returns. Otherwise OSError is raised."""
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

    def events(self) -> list[Event]:
        """All events so far, including those that are not on the disk yet."""
        return [*read(self.path), *(self._in_memory or ())]

    def _append(self, line: bytes) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, files.FILE)
        try:
            size = os.fstat(descriptor).st_size
            try:
                _write_whole(descriptor, line)
            except OSError:
                os.ftruncate(descriptor, size)  # leave no partial line
                if not self._make_room():
                    raise
                _write_whole(descriptor, line)
        finally:
            os.close(descriptor)


def _write_whole(descriptor: int, line: bytes) -> None:
    written = os.write(descriptor, line)
    if written < len(line):
        os.write(descriptor, line[written:])  # raises when the disk is full
    os.fsync(descriptor)
