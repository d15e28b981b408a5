"""Do the steps of a run, and when one fails, take back what was done. Knows no step by name.

The journal decides: a step is announced before it begins, and a resumed run looks only there.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from pipeline.errors import NeedsResume, PipelineError, RolledBack, Stopped, ToolError
from pipeline.vm import journal, lock
from pipeline.vm.run import Run, Step, as_pipeline_error, drop_ballast

DONE, FAILED, ROLLED_BACK, STOPPED = "done", "failed", "rolled-back", "stopped"

#: Bring an environment to a safe halt, and say how to go on: (run, failure) -> the way out.
Park = Callable[[Run, str], str]
#: Called with outcome, message and way out, once they are in the journal.
Ended = Callable[[str, str, str], None]


def perform(run: Run, steps: Sequence[Step], park: Park | None, ended: Ended) -> None:
    """Do the steps that are not done yet.

    Args:
        run: the run; its journal tells how far it came.
        steps: all of them, in order.
        park: what to do after a failure that visitors could notice, when it is not to be taken
            back; None: it is always taken back.
        ended: told the outcome.

    Raises:
        PipelineError: as the outcome was.
    """
    step = None
    try:
        with _signals(_stop):
            for step in steps:
                if step.name not in run.journal.story().done:
                    _do(run, step)
    except BaseException as raised:
        error = as_pipeline_error(raised)
        with _signals(signal.SIG_IGN):
            _failed(run, steps, step, error, park, ended)
        raise AssertionError("unreachable") from raised
    _end(run, DONE, 0, "", "", ended)


def resume(run: Run, steps: Sequence[Step], park: Park | None, ended: Ended) -> None:
    """Bring an interrupted run to its end: forward when it was accepted, else back.

    Raises:
        PipelineError: as the outcome was.
    """
    told = run.journal.story()
    run.journal.write(journal.RESUMED, owner=lock.owner("resume"))
    run.sweep()
    if any(step.accepts and step.name in told.done for step in steps):
        perform(run, steps, park, ended)
        return
    if told.failure:
        error: PipelineError = ToolError(told.failure, "read the journal of this run")
        back = park
    else:
        at = told.begun[-1] if told.begun else "the beginning"
        error = ToolError(f"it was interrupted at {at}", "start it again")
        back = None  # nobody was there to decide, and nothing was written since the stop
    with _signals(signal.SIG_IGN):
        _go_back(run, steps, error, back, ended)


def _do(run: Run, step: Step) -> None:
    run.journal.write(journal.STEP_BEGAN, step=step.name)
    clock = time.monotonic()
    step.do(run)
    seconds = round(time.monotonic() - clock, 3)
    run.journal.write(journal.STEP_DONE, step=step.name, seconds=seconds)


def _failed(
    run: Run,
    steps: Sequence[Step],
    step: Step | None,
    error: PipelineError,
    park: Park | None,
    ended: Ended,
) -> None:
    drop_ballast(run.host.runs)
    name = step.name if step else "the beginning"
    run.journal.write(journal.STEP_FAILED, step=name, message=error.message, fix=error.fix)
    if any(one.accepts and one.name in run.journal.story().done for one in steps):
        _resumable(run, f"the new version runs, but `{name}` failed: {error.message}", ended)
    _go_back(run, steps, error, park, ended)


def _go_back(
    run: Run, steps: Sequence[Step], error: PipelineError, park: Park | None, ended: Ended
) -> None:
    """After a failure before the new state was accepted. Always raises."""
    told = run.journal.story()
    touched = any(step.touches and step.name in told.begun for step in steps)
    if touched and park is not None:
        try:
            way_out = park(run, error.message)
        except Exception as raised:
            more = as_pipeline_error(raised).message
            _resumable(run, f"{error.message}\nand it could not be stopped safely: {more}", ended)
            raise
        _end(run, STOPPED, Stopped.exit_code, error.message, way_out, ended)
        raise Stopped(error.message, way_out)
    try:
        _undo(run, steps)
    except Exception as raised:
        more = as_pipeline_error(raised).message
        _resumable(run, f"{error.message}\nand going back failed: {more}", ended)
    if touched:
        message = f"{error.message}\nEverything is as it was before."
        _end(run, ROLLED_BACK, RolledBack.exit_code, message, error.fix, ended)
        raise RolledBack(message, error.fix)
    _end(run, FAILED, error.exit_code, error.message, error.fix, ended)
    raise error


def _undo(run: Run, steps: Sequence[Step]) -> None:
    run.sweep()
    for step in reversed(steps):
        told = run.journal.story()
        if step.name not in told.begun or step.name in told.undone or step.undo is None:
            continue
        run.journal.write(journal.UNDO_BEGAN, step=step.name)
        try:
            step.undo(run)
        except Exception as raised:
            message = as_pipeline_error(raised).message
            run.journal.write(journal.UNDO_FAILED, step=step.name, message=message)
            raise
        run.journal.write(journal.UNDO_DONE, step=step.name)


def _resumable(run: Run, message: str, ended: Ended) -> None:
    """It cannot go on now: the journal stays open for a resume."""
    name = run.host.environment.name
    way_out = (
        "mend the cause, then run on the VM, in "
        f"{run.host.environment.directory}: pipeline resume --environment {name}"
    )
    ended("needs-resume", message, way_out)
    raise NeedsResume(message, way_out)


def _end(run: Run, outcome: str, code: int, message: str, fix: str, ended: Ended) -> None:
    run.journal.write(journal.ENDED, outcome=outcome, exit=code, message=message, fix=fix)
    ended(outcome, message, fix)


@contextmanager
def _signals(handler: Callable[[int, FrameType | None], None] | int) -> Iterator[None]:
    """Polite signals go to a handler inside the block; a lost terminal is never one of them."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [(number, signal.signal(number, handler)) for number in numbers]
    before.append((signal.SIGHUP, signal.signal(signal.SIGHUP, signal.SIG_IGN)))
    try:
        yield
    finally:
        for number, previous in before:
            signal.signal(number, previous)


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt(f"signal {number} to process {os.getpid()}")
