"""What a person has to do about an environment whose last run needs a decision or a resume."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.core.settings.environments import typed
from pipeline.environment.operations.start import KINDS
from pipeline.environment.runs.abandoned import ABANDONED, advice
from pipeline.environment.runs.run_history import Past
from pipeline.environment.runs.runner import DONE, STOPPED


def next_step(environment: str, runs: Iterable[Past]) -> str:
    """What to do next, with the command to type; empty: nothing.

    An interrupted run has to be resumed. A run that stopped or was abandoned names the command to
    continue with, which is valid until a run that touches the environment is done: neither a backup
    nor a refused rollback in between changes that.

    Args:
        environment: ``uat`` or ``prod``.
        runs: its runs, oldest first.
    """
    for past in reversed([*runs]):
        if past.running:
            return ""
        if past.unfinished:
            if past.story.stuck:
                return past.story.stuck.fix
            resume = f"on the VM: {typed(environment, 'resume')}"
            return resume + (advice(environment, past.name) if past.story.resumes else "")
        kind = KINDS.get(past.kind)
        touches = kind is not None and any(step.touches for step in kind.steps)
        left = past.story.outcome == ABANDONED and (touches or kind is None)
        if past.story.ended and (past.story.outcome == STOPPED or left):
            return past.story.ended.fix
        if past.story.outcome == DONE and touches:
            return ""
    return ""
