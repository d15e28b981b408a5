"""Numbers of coverage and lists of lines. Nothing here reads or writes anything."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_RANGES = re.compile(r"(\d+(-\d+)?(, \d+(-\d+)?)*)?")


def percent(covered: int, total: int) -> float:
    """Percent with two decimals, rounded *down*: 79.999 never appears or counts as 80."""
    return covered * 10000 // total / 100 if total else 100.0


@dataclass(frozen=True)
class FileCover:
    """What is covered of one file.

    Attributes:
        path: the file, relative to the source, with ``/``.
        addon: the add-on that it belongs to; empty for scripts.
        statements: number of statements.
        covered: statements that ran.
        branches: number of exits of lines that have several.
        taken: number of these exits that were taken.
        missing: lines with statements that never ran.
        partial: lines that ran, but not with every exit.
    """

    path: str
    addon: str
    statements: int
    covered: int
    branches: int
    taken: int
    missing: tuple[int, ...] = ()
    partial: tuple[int, ...] = ()

    @property
    def percent(self) -> float:
        """Statements and branches together, rounded down to 0.01."""
        return percent(self.covered + self.taken, self.statements + self.branches)


@dataclass(frozen=True)
class GroupCover:
    """Files that are judged together."""

    name: str
    files: tuple[FileCover, ...]

    @property
    def statements(self) -> int:
        """Number of statements."""
        return sum(file.statements for file in self.files)

    @property
    def covered(self) -> int:
        """Statements that ran."""
        return sum(file.covered for file in self.files)

    @property
    def percent(self) -> float:
        """Statements and branches together, rounded down to 0.01."""
        reached = sum(file.covered + file.taken for file in self.files)
        return percent(reached, sum(file.statements + file.branches for file in self.files))


def groups(files: Iterable[FileCover]) -> tuple[GroupCover, ...]:
    """The groups that the gate judges: scripts, add-ons (those that have files), and total."""
    every = tuple(files)
    parts = (
        GroupCover("scripts", tuple(file for file in every if not file.addon)),
        GroupCover("add-ons", tuple(file for file in every if file.addon)),
    )
    return (*(part for part in parts if part.files), GroupCover("total", every))


def format_lines(lines: Iterable[int]) -> str:
    """Line numbers as people write them: ``12-14, 20``."""
    spans: list[tuple[int, int]] = []
    for line in sorted(set(lines)):
        if spans and line == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], line)
        else:
            spans.append((line, line))
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in spans)


def parse_lines(text: str) -> tuple[int, ...]:
    """The reverse of :func:`format_lines`. Raises ValueError on anything else."""
    if not _RANGES.fullmatch(text):
        raise ValueError(f"{text!r} is not a list of lines such as `12-14, 20`")
    lines: list[int] = []
    for span in text.split(", ") if text else ():
        first, _, last = span.partition("-")
        lines += range(int(first), int(last or first) + 1)
    return tuple(lines)


def lines_phrase(lines: Iterable[int], most: int = 20) -> str:
    """``line 20`` or ``lines 12-14, 20``: at most ``most`` ranges, then how many more lines."""
    every = tuple(lines)
    text = format_lines(every)
    if text.isdigit():
        return f"line {text}"
    shown = ", ".join(text.split(", ")[:most])
    more = len(set(every)) - len(parse_lines(shown))
    return f"lines {shown} and {more} more" if more else f"lines {shown}"
