"""Do the steps of a run; when one fails, undo them. It is independent of what the steps are.

The journal decides: a step is recorded before it begins, and a resume relies only on that.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from types import FrameType
from typing import NoReturn

from pipeline.core.errors import NeedsResume, PipelineError, RolledBack, Stopped, ToolError
from pipeline.core.settings.environments import typed
from pipeline.environment.runs import journal, lock
from pipeline.environment.runs.abandoned import advice
from pipeline.environment.runs.context import RunContext, Step, as_pipeline_error, drop_ballast
from pipeline.environment.runs.noted import Request

DONE, FAILED, ROLLED_BACK = "done", "failed", "rolled-back"
STOPPED, STUCK = "stopped", "needs-resume"
_POLITE = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Kind:
    """A kind of run.

    Attributes:
        name: as in the journal.
        request: the type of its request.
        steps: all of its steps, in order.
        parks: whether a failure after a step that alters the database is not undone, but left to a
            person's decision.
        park: brings the environment to a safe halt then; returns the command to continue with.
        forward: whether an interrupted run continues forward; otherwise it is undone.
        after: called at every end, however it came about, and when the run is stuck. It never
            raises, and may be called twice.
    """

    name: str
    request: type[Request]
    steps: tuple[Step, ...]
    parks: Callable[[RunContext], bool] = lambda run: False
    park: Callable[[RunContext], str] = lambda run: ""
    forward: bool = False
    after: Callable[[RunContext], None] = lambda run: None


def perform(run: RunContext, kind: Kind) -> None:
    """Do the steps that are not done yet.

    Raises:
        PipelineError: the run did not succeed; its type depends on the outcome.
    """
    steps, step = kind.steps, None
    with signals(stop_once):
        try:
            try:
                for step in steps:
                    if step.name not in run.story().done and step.when(run):
                        _do(run, step)
            finally:
                ignore_signals()
        except BaseException as raised:
            error = as_pipeline_error(raised)
            _failed(run, kind, step.name if step else "the beginning", error)
        _end(run, kind, DONE, 0, "", "")


def resume(run: RunContext, kind: Kind) -> None:
    """End an interrupted run: forward if it was accepted, otherwise by undoing it.

    Raises:
        PipelineError: the run did not succeed; its type depends on the outcome.
    """
    told = run.story()
    # What failed before altering anything was being undone, which continues.
    forward = kind.forward and (not told.failure or _altered(run, kind))
    forward = forward or _accepted(run, kind) or _complete(run, kind)
    if not forward:
        _undo_in_any_case(run)
    run.journal.write(journal.RESUMED, owner=asdict(lock.owner("resume")))
    run.sweep()
    if forward:
        perform(run, kind)
        return
    at = told.begun[-1] if told.begun else "the beginning"
    message = told.failure or f"it was interrupted at {at}"
    # After an interruption, it is undone in any case: nobody could decide, and nothing was
    # written since the stop.
    parks = bool(told.failure) and kind.parks(run)
    with signals(signal.SIG_IGN):
        _go_back(run, kind, ToolError(message, "start it again"), parks)


def _do(run: RunContext, step: Step) -> None:
    run.journal.write(journal.STEP_BEGAN, step=step.name)
    clock = time.monotonic()
    step.do(run)
    seconds = round(time.monotonic() - clock, 3)
    run.journal.write(journal.STEP_DONE, step=step.name, seconds=seconds)


def _accepted(run: RunContext, kind: Kind) -> bool:
    done = run.story().done
    return any(step.accepts and step.name in done for step in kind.steps)


def _complete(run: RunContext, kind: Kind) -> bool:
    """Whether it was interrupted after its last step."""
    done = run.story().done
    return all(step.name in done or not step.when(run) for step in kind.steps)


def _altered(run: RunContext, kind: Kind) -> bool:
    """Whether a step that changes the live database has begun."""
    begun = run.story().begun
    return any(step.alters and step.name in begun for step in kind.steps)


def _failed(run: RunContext, kind: Kind, step: str, error: PipelineError) -> NoReturn:
    _undo_in_any_case(run)
    run.journal.write(journal.STEP_FAILED, step=step, message=error.message, fix=error.fix)
    if _accepted(run, kind):
        _stuck(run, kind, f"the new version runs, but `{step}` failed: {error.message}")
    _go_back(run, kind, error, kind.parks(run))


def _undo_in_any_case(run: RunContext) -> None:
    """Only undo from here on: a journal that cannot be written must not stop that.

    If the run dies now, it is undone again from the last step on the disk, and every step can be
    undone twice.
    """
    with suppress(OSError):
        drop_ballast(run.host.runs)
    run.journal.in_memory_if_need_be()


def _go_back(run: RunContext, kind: Kind, error: PipelineError, parks: bool) -> NoReturn:
    """Handle a failure before the new state was accepted."""
    begun = run.story().begun
    touched = any(step.touches and step.name in begun for step in kind.steps)
    if parks and _altered(run, kind):
        try:
            way_out = kind.park(run)
        except Exception as raised:
            more = as_pipeline_error(raised).message
            _stuck(run, kind, f"{error.message}\nand it could not be stopped safely: {more}")
        _end(run, kind, STOPPED, Stopped.exit_code, error.message, way_out)
        raise Stopped(error.message + _unwritten(run), way_out)
    try:
        _undo(run, kind.steps)
    except Exception as raised:
        more = as_pipeline_error(raised).message
        _stuck(run, kind, f"{error.message}\nand undoing it failed: {more}")
    if touched:
        message = f"{error.message}\nEverything is as it was before."
        _end(run, kind, ROLLED_BACK, RolledBack.exit_code, message, error.fix)
        raise RolledBack(message + _unwritten(run), error.fix)
    _end(run, kind, FAILED, error.exit_code, error.message, error.fix)
    error.message += _unwritten(run)
    raise error


def _unwritten(run: RunContext) -> str:
    """What to add to a message when the journal on the disk is incomplete."""
    if not run.journal.unwritten:
        return ""
    command = typed(run.host.environment.name, "resume")
    return (
        f"\nThe journal could not be written ({run.journal.unwritten}): free some space, then "
        f"`{command}` on the VM writes down how it ended."
    )


def _undo(run: RunContext, steps: Sequence[Step]) -> None:
    run.sweep()
    for step in reversed(steps):
        told = run.story()
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


def _stuck(run: RunContext, kind: Kind, message: str) -> NoReturn:
    """The run cannot continue now: its journal stays open for a resume."""
    way_out = f"fix the cause, then run {run.host.environment.on_vm('resume')}"
    if run.story().resumes:
        way_out += advice(run.host.environment.name, run.folder.name)
    kind.after(run)
    run.journal.write(journal.STUCK, message=message, fix=way_out)
    message += _unwritten(run)
    run.ended(STUCK, message, way_out)
    raise NeedsResume(message, way_out)


def _end(run: RunContext, kind: Kind, outcome: str, code: int, message: str, fix: str) -> None:
    kind.after(run)
    run.journal.write(journal.ENDED, outcome=outcome, exit=code, message=message, fix=fix)
    run.ended(outcome, message, fix)


@contextmanager
def signals(handler: Callable[[int, FrameType | None], None] | int) -> Iterator[None]:
    """Handle polite signals in the block; a lost terminal is always ignored."""
    before = [(number, signal.signal(number, handler)) for number in _POLITE]
    before.append((signal.SIGHUP, signal.signal(signal.SIGHUP, signal.SIG_IGN)))
    try:
        yield
    finally:
        for number, previous in before:
            signal.signal(number, previous)


def ignore_signals() -> None:
    """Ignore polite signals from here on, so that undoing is completed."""
    for number in _POLITE:
        signal.signal(number, signal.SIG_IGN)


def stop_once(number: int, frame: FrameType | None) -> None:
    """The first polite signal makes the current step fail; later ones are ignored."""
    ignore_signals()
    raise KeyboardInterrupt(f"signal {number} to process {os.getpid()}")
