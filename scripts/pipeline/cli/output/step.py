"""The outcome of a step: stored as JSON, printed, and turned into an exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from pipeline.core.console import print_result
from pipeline.core.errors import CheckFailed, PipelineError
from pipeline.core.results import Outcome, Status, StepResult, by_risk, write_result


def perform_step(step: str, work: Callable[[], Outcome]) -> tuple[StepResult, int]:
    """Run a step; returns its result and exit code (see :func:`run_step`)."""
    started = time.time()
    clock = time.monotonic()
    code = 0
    try:
        outcome = work()
        status = Status.SKIPPED if outcome.skipped else Status.PASSED
        if outcome.findings:
            status, code = Status.FAILED, CheckFailed.exit_code
        summary, advice = outcome.summary, outcome.advice
        findings, notes = by_risk(outcome.findings), by_risk(outcome.notes)
    except PipelineError as error:
        status, code, findings, notes = Status.ERROR, error.exit_code, (), ()
        summary, advice = error.message, error.fix
    seconds = round(time.monotonic() - clock, 2)
    return StepResult(step, status, summary, advice, seconds, started, findings, notes), code


def run_step(
    step: str,
    work: Callable[[], Outcome],
    output: Path | None,
    form: str,
    show: Callable[[StepResult], None] | None = None,
) -> None:
    """Run a step, store and print its result, and end the process with its exit code.

    ``show`` replaces the usual output, for a step that has more to print than findings.
    Exit codes: 0 good, 1 findings, otherwise that of the error's class (see pipeline.core.errors).
    """
    result, code = perform_step(step, work)
    if output is not None:
        write_result(result, output)
    if show is not None:
        show(result)
    elif form == "json":
        click.echo(result.to_json(), nl=False)
    else:
        print_result(result)
    sys.exit(code)
