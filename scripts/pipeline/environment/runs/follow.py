"""Follow a run by its journal, wherever it was started, until it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from pipeline.core.errors import InputError, NeedsResume, PipelineError, RolledBack, Stopped
from pipeline.core.process import liveness
from pipeline.environment.runs import journal, run_history
from pipeline.environment.runs.abandoned import ABANDONED
from pipeline.environment.runs.journal import Event
from pipeline.environment.runs.runner import DONE, ROLLED_BACK, STOPPED
from pipeline.environment.runs.story import Ended, Story

_PAUSE_SECONDS = 0.2


def follow(
    root: Path, wanted: str, tell: Callable[[Event], None], appears: float, patience: float
) -> None:
    """Report each event of a run as it comes, until the run has ended.

    Args:
        root: folder of the environment's runs.
        wanted: id, number or name of the run; empty: the newest.
        tell: called with each event.
        appears: seconds to wait for such a run to begin.
        patience: seconds to wait for a resume of an interrupted run.

    Raises:
        InputError: there is no such run.
        NeedsResume: it was interrupted, or is stuck.
        PipelineError: the run's own error.
    """
    folder = _folder(root, wanted, appears)
    told, silent_since = 0, 0.0
    while True:
        events = journal.read(folder / journal.FILE_NAME)
        for event in events[told:]:
            tell(event)
        told = len(events)
        story = Story.of(events)
        if story.ended:
            raise_outcome(story.ended)
            return
        if liveness.alive(story.owner):
            silent_since = 0.0
        elif silent_since == 0.0:
            silent_since = time.monotonic()
        elif story.stuck or time.monotonic() - silent_since > patience:
            raise _interrupted(story)
        time.sleep(_PAUSE_SECONDS)


def raise_outcome(end: Ended) -> None:
    """Raise the error that the run ended with; nothing if it succeeded."""
    if end.outcome == DONE:
        return
    if end.outcome == ROLLED_BACK:
        raise RolledBack(end.message, end.fix)
    if end.outcome in (STOPPED, ABANDONED):
        raise Stopped(end.message, end.fix)
    error = PipelineError(end.message, end.fix)
    error.exit_code = end.exit
    raise error


def _folder(root: Path, wanted: str, appears: float) -> Path:
    deadline = time.monotonic() + appears
    while True:
        found = run_history.find(root, wanted)
        if found is not None and (found.folder / journal.FILE_NAME).exists():
            return found.folder
        if time.monotonic() >= deadline:
            raise InputError(
                f"there is no run {wanted or 'at all'} in {root}",
                "`pipeline environment history` lists those there are",
            )
        time.sleep(_PAUSE_SECONDS)


def _interrupted(story: Story) -> NeedsResume:
    if story.stuck:
        return NeedsResume(story.stuck.message, story.stuck.fix)
    at = story.begun[-1] if story.begun else "the beginning"
    return NeedsResume(
        f"the process of this run died at {at}",
        "run `pipeline environment resume` on the VM; the next deployment does so as well",
    )
