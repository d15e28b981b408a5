"""Tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich import box
from rich.table import Table
from rich.text import Text

from pipeline.core.console import console, one_line


def print_json(data: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def print_table(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows as a table."""
    table = Table(box=box.ROUNDED)
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(str(value))) for value in row))
    console().print(table)


def ago(seconds: float) -> str:
    """A time span for people: ``3 h``."""
    for size, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{max(0.0, seconds):.0f} s"


def size(number: int) -> str:
    """Bytes for people: ``12 MB``."""
    for unit in ("B", "KB", "MB", "GB"):
        if number < 10240 or unit == "GB":
            break
        number //= 1024
    return f"{number} {unit}"
