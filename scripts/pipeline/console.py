"""What a person sees: findings line by line, results as one table. Colour only on a terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from typing import IO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.results import Status, StepResult

_STYLE = {
    Status.PASSED: "green",
    Status.FAILED: "bold red",
    Status.ERROR: "bold red",
    Status.SKIPPED: "yellow",
}
_PLAIN_WIDTH = 120  # in a log there is no terminal to ask


def console(stream: IO[str] | None = None) -> Console:
    """A console on a stream (standard output unless said)."""
    stream = stream or sys.stdout
    width = shutil.get_terminal_size().columns if stream.isatty() else _PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False, soft_wrap=False)


def print_result(result: StepResult) -> None:
    """Print the findings of one step, then its one-line verdict."""
    out = console()
    for finding in result.findings:
        line = Text(finding.where, style="bold")
        line.append(f": {finding.code} {finding.message}", style="not bold")
        out.print(line, soft_wrap=True)
        if finding.fix:
            out.print(Text(f"    fix: {finding.fix}"), soft_wrap=True)
    verdict = Text(f"{result.step}: ")
    verdict.append(result.status.value.upper(), style=_STYLE[result.status])
    verdict.append(f" in {result.seconds:.1f} s: {result.summary}")
    out.print(verdict, soft_wrap=True)
    if result.advice and not result.status.good:
        out.print(Text(f"what to do: {result.advice}"), soft_wrap=True)


def results_table(results: Iterable[StepResult]) -> Table:
    """The table at the end: step, result, time, what was done, what to do."""
    table = Table(box=box.ROUNDED, expand=False)
    table.add_column("step", no_wrap=True)
    table.add_column("result", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("what was found")
    table.add_column("what to do")
    for result in results:
        table.add_row(
            result.step,
            Text(result.status.value.upper(), style=_STYLE[result.status]),
            f"{result.seconds:.1f} s",
            Text(result.summary),
            Text("" if result.status.good else result.advice),
        )
    return table
