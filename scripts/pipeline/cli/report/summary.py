"""``pipeline report summary``: the table at the end, and the verdict."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.form import format_option
from pipeline.cli.options.report import results_options
from pipeline.core.console import console
from pipeline.core.errors import CheckFailed
from pipeline.report import summary
from pipeline.report.collect import collect


@tree.command()
@results_options
@format_option
def command(results: Path, expect: tuple[str, ...], wall: float | None, form: str) -> None:
    """Print the result of every step; exit with 1 if one failed or is missing."""
    run = collect(results, expect, wall, time.time())
    if form == "json":
        click.echo(summary.as_json(run), nl=False)
    else:
        summary.print_summary(run, console())
    sys.exit(CheckFailed.exit_code if run.bad else 0)
