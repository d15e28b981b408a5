"""Output for people: findings line by line, results as one table. Colour only on a terminal."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import IO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.core.results import Finding, Status, StepResult

_STYLE = {
    Status.PASSED: "green",
    Status.FAILED: "bold red",
    Status.ERROR: "bold red",
    Status.SKIPPED: "yellow",
}
_PLAIN_WIDTH = 118  # a log has no terminal to ask for its width
# Escape sequences of terminals, raw and as pytest writes them into XML.
_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|(?:\x1b\[|\x9b|#x1B\[)[0-?]*[ -/]*[@-~]|\x1b[@-Z\\-_]?"
)
# What no terminal, XML file or reader should get: control characters, lone surrogates, and marks
# that change the direction of text.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def without_escapes(text: str) -> str:
    """A text without the escape sequences of terminals: colours, links, titles."""
    return _ESCAPES.sub("", text)


def printable(text: str) -> str:
    """An untrusted text without escape sequences and control characters; newlines and tabs stay."""
    return _UNPRINTABLE.sub("", without_escapes(text.replace("\r\n", "\n")))


def one_line(text: str, longest: int = 0) -> str:
    """A printable text on one line, cut to ``longest`` characters unless that is 0."""
    line = " ".join(printable(text).split())
    return f"{line[: longest - 1]}…" if 0 < longest < len(line) else line


def console(stream: IO[str] | None = None) -> Console:
    """A console on a stream; default: standard output."""
    stream = stream or sys.stdout
    width = shutil.get_terminal_size().columns if stream.isatty() else _PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False, soft_wrap=False)


def finding_texts(findings: Iterable[Finding], indent: str = "", label: str = "") -> Iterator[Text]:
    """Findings, one text each. What several in a row are fixed by is said once, after the last.

    Args:
        findings: in the order in which they are shown.
        indent: before each line.
        label: before each finding.
    """
    for _fix, same in groupby(findings, key=lambda finding: finding.fix):
        *others, last = same
        for one in (*(replace(other, fix="") for other in others), last):
            yield Text(label, style="dim").append_text(finding_text(one, indent))


def finding_text(finding: Finding, indent: str = "") -> Text:
    """A finding: location, code and message, then the fix on its own line.

    Further lines of a message get a prefix: a log reader such as Actions obeys lines that start
    with its own commands, and the message may quote anything.
    """
    first, *more = printable(finding.message).splitlines() or [""]
    text = Text(indent)
    if finding.path:
        text.append(one_line(finding.where), style="bold").append(": ")
    text.append(f"{one_line(finding.code)} {first}")
    for line in more:
        text.append(f"\n{indent}    │ {line}", style="dim")
    if finding.fix:
        text.append(f"\n{indent}    fix: {one_line(finding.fix)}")
    return text


def print_result(result: StepResult) -> None:
    """Print the findings of one step, then its one-line verdict."""
    out = console()
    for text in (*finding_texts(result.findings), *finding_texts(result.notes, label="note: ")):
        out.print(text, soft_wrap=True)
    first, *more = printable(result.summary).splitlines() or [""]
    verdict = Text(f"{result.step}: ")
    verdict.append(result.status.value.upper(), style=_STYLE[result.status])
    verdict.append(f" in {result.seconds:.1f} s: {first}")
    for line in more:
        verdict.append(f"\n    │ {line}", style="dim")
    out.print(verdict, soft_wrap=True)
    if result.advice and not result.status.good:
        out.print(Text(f"what to do: {one_line(result.advice)}"), soft_wrap=True)


def time_text(result: StepResult, cached_before: float = 0.0) -> str:
    """A step's duration; ``cached`` if started before ``cached_before``, ``-`` if it never ran."""
    if not result.started:
        return "-"
    return "cached" if result.started < cached_before else f"{result.seconds:.1f} s"


def results_table(results: Iterable[StepResult], cached_before: float = 0.0) -> Table:
    """The table at the end: step, result, time, findings, what to do.

    Args:
        results: in row order.
        cached_before: a result that started before this time (seconds since the epoch) came from an
            earlier run; the table shows that in place of its duration.
    """
    table = Table(box=box.ROUNDED, expand=False, pad_edge=True)
    table.add_column("step", overflow="fold", min_width=10, max_width=30)
    table.add_column("result", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("what was found", overflow="fold", ratio=3)
    table.add_column("what to do", overflow="fold", ratio=2)
    for result in results:
        table.add_row(
            Text(one_line(result.step)),
            Text(result.status.value.upper(), style=_STYLE[result.status]),
            Text(time_text(result, cached_before)),
            Text(one_line(next(iter(result.summary.splitlines()), ""), 240)),
            Text("" if result.status.good else one_line(result.advice, 160)),
        )
    return table
