"""Write what happens in a test process as JSON lines.

The folder of this module is on the path of test processes. Its modules use nothing but the
standard library, and their names clash with no others: what is tested may itself be a package
named ``pipeline``.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import time
import traceback
from types import FrameType, TracebackType

#: The signal that makes the process write its stacks. Python has no part in it, so it also works
#: while the process waits inside a C function; Odoo takes SIGQUIT, SIGUSR1 and SIGUSR2 itself.
STACKS_SIGNAL = signal.SIGRTMIN

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
Frames = list[list[str | int]]


class Recorder:
    """Append events to a file, unbuffered: none is lost when the process is killed.

    Args:
        path: the file that gets the events.
    """

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._started: dict[str, float] = {}
        self.begun: set[str] = set()

    @property
    def running(self) -> str:
        """The test that began last and has not ended; empty if there is none."""
        return next(reversed(self._started), "")

    def emit(self, event: str, **values: object) -> None:
        """Write one event."""
        line = json.dumps({"event": event, **values}, default=str) + "\n"
        os.write(self._file, line.encode("utf-8", "backslashreplace"))

    def start(self, test: str) -> None:
        """A test begins."""
        self._started[test] = time.monotonic()
        self.begun.add(test)
        self.emit("start", test=test)

    def stop(self, test: str) -> None:
        """A test has ended; its duration in seconds is recorded."""
        now = time.monotonic()
        self.emit("stop", test=test, seconds=round(now - self._started.pop(test, now), 4))

    def result(
        self,
        test: str,
        outcome: str,
        message: str = "",
        *,
        part: str = "",
        trace: str = "",
        frames: Frames | None = None,
    ) -> None:
        """The outcome of a test, or of a part of it (a subtest)."""
        values = {"message": message, "part": part, "trace": trace, "frames": frames or []}
        self.emit("result", test=test, outcome=outcome, **values)


def open_stacks(path: str) -> None:
    """Write stacks to a file on :data:`STACKS_SIGNAL`, and when the interpreter crashes."""
    stream = open(path, "wb", buffering=0)  # noqa: SIM115 (open as long as the process lives)
    faulthandler.enable(stream)
    faulthandler.register(STACKS_SIGNAL, stream, all_threads=True)


def describe(error: ExcInfo) -> tuple[str, str, Frames]:
    """An exception as its message, its whole traceback, and its frames, outermost first."""
    kind, value, trace = error
    message = "".join(traceback.format_exception_only(kind, value)).strip()
    frames: Frames = [[frame.filename, frame.lineno or 0] for frame in traceback.extract_tb(trace)]
    if isinstance(value, SyntaxError) and value.filename:
        frames.append([value.filename, value.lineno or 0])
        message = f"{kind.__name__}: {value.msg}"
    return message, "".join(traceback.format_exception(kind, value, trace)), frames


def stack(frame: FrameType | None = None) -> Frames:
    """The current stack, outermost first."""
    found: Frames = []
    frame = frame or sys._getframe(1)
    while frame is not None:
        found.append([frame.f_code.co_filename, frame.f_lineno])
        frame = frame.f_back
    return found[::-1]
