"""Printing published images: a table for people, JSON for programs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.core.console import console, one_line
from pipeline.core.wording import some_of
from pipeline.image.publish import Published
from pipeline.image.retention import Retained


def print_published(
    published: Sequence[Published],
    form: str,
    *,
    changed: Sequence[str] = (),
    retained: Sequence[Retained] = (),
) -> None:
    """Print references with digests, and what happened to older tags.

    Args:
        published: the references.
        form: ``table`` or ``json``.
        changed: files that differ from the commit of the image.
        retained: what happened to older tags.
    """
    if form == "json":
        shown = {
            "digest": published[0].digest,
            "images": [dataclasses.asdict(image) for image in published],
            "changed": list(changed),
            "retention": [dataclasses.asdict(tag) for tag in retained],
        }
        click.echo(json.dumps(shown, indent=2))
        return
    out = console()
    _print_table(out, "reference", "digest", [(one.reference, one.digest) for one in published])
    if changed:
        names = some_of([one_line(name) for name in changed], 5)
        out.print(Text(f"differs from the commit in {names}; uat-latest was not moved"))
    if retained:
        rows = [(tag.tag, f"{tag.outcome}: {one_line(tag.why)}") for tag in retained]
        _print_table(out, "tag", "outcome", rows)


def _print_table(out: Console, left: str, right: str, rows: Sequence[tuple[str, str]]) -> None:
    """Print a table without wrapping its cells, because people copy from it."""
    table = Table(box=box.ROUNDED)
    table.add_column(left, no_wrap=True)
    table.add_column(right, no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    out.print(table, width=sum(max(map(len, cells)) for cells in zip(*rows, strict=True)) + 7)
