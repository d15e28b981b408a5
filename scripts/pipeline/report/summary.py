"""The end of a run on a terminal, in a log, or as JSON."""

from __future__ import annotations

import dataclasses
import json

from rich.console import Console
from rich.text import Text

from pipeline.core.console import finding_texts, one_line, printable, results_table
from pipeline.core.results import StepResult
from pipeline.core.wording import counted
from pipeline.report.collect import PipelineRun

SHOWN = 10  # findings a step; the report has all
SHOWN_NOTES = 50  # whoever has notes asked for them
REPORT = "`dagger call report export --path report`"


def print_summary(run: PipelineRun, out: Console) -> None:
    """Print the table, the first findings of every bad step, all notes, and the verdict."""
    out.print(results_table(run.steps, run.cached_before))
    for step in run.bad:
        out.print()
        out.print(Text(title(step), style="bold"), soft_wrap=True)
        print_step(step, out)
    for step in (one for one in run.steps if one.notes):
        out.print()
        heading = f"{one_line(step.step)}: {counted(len(step.notes), 'note')}"
        out.print(Text(heading, style="bold"), soft_wrap=True)
        for text in finding_texts(step.notes[:SHOWN_NOTES], "  "):
            out.print(text, soft_wrap=True)
        if len(step.notes) > SHOWN_NOTES:
            more = f"  and {len(step.notes) - SHOWN_NOTES} more: see results/{step.step}.json"
            out.print(Text(f"{more} in the report ({REPORT})"), soft_wrap=True)
    style = "bold red" if run.bad else "bold green"
    out.print()
    out.print(Text(one_line(run.verdict), style=style), soft_wrap=True)


def as_json(run: PipelineRun) -> str:
    """The same as JSON for programs."""
    data = {
        "status": "failed" if run.bad else "passed",
        "verdict": run.verdict,
        "wall": run.wall,
        "steps": [
            {**dataclasses.asdict(step), "cached": run.was_cached(step)} for step in run.steps
        ],
    }
    return json.dumps(data, indent=2, sort_keys=True) + "\n"


def title(step: StepResult) -> str:
    """Name and status of a step, and how much it found."""
    count = len(step.findings)
    found = f", {counted(count, 'finding')}" if count else ""
    return f"{one_line(step.step)}: {step.status.value}{found}"


def print_step(step: StepResult, out: Console, shown: int = SHOWN) -> None:
    """Print the details of a failed step: its first findings, or its summary."""
    count = len(step.findings)
    if not count:
        for line in printable(step.summary).splitlines():
            out.print(Text(f"  │ {line}"), soft_wrap=True)
    for text in finding_texts(step.findings[:shown], "  "):
        out.print(text, soft_wrap=True)
    if count > shown:
        out.print(Text(f"  and {count - shown} more: see the report ({REPORT})"), soft_wrap=True)
    if step.advice:
        out.print(Text(f"  what to do: {one_line(step.advice)}"), soft_wrap=True)
