"""``pipeline report write``: a directory with all results of a run, to read and to archive."""

from __future__ import annotations

import time
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.report import report_directory_option, results_options
from pipeline.cli.options.shard import shard_option
from pipeline.cli.options.step import source_option
from pipeline.report.collect import collect
from pipeline.report.shards import RESULTS, mark
from pipeline.report.write import write_report
from pipeline.test.shards import Shard


@tree.command(prints="nothing")
@source_option
@results_options
@report_directory_option
@shard_option
def command(
    source: Path,
    results: Path,
    expect: tuple[str, ...],
    wall: float | None,
    output: Path,
    shard: Shard | None,
) -> None:
    """Write index.html, junit.xml, coverage.xml, htmlcov/, summary.md and the raw results; and
    for GitHub Actions a log with annotations, actions.log, and the verdict, exit-code.

    With --shard, `report merge` can merge the reports of all shards.

    The report is written for passed and failed runs alike; only `summary` fails.
    """
    run = collect(results, expect, wall, time.time())
    page = write_report(run, source, results, output)
    if shard is not None:
        mark(output / RESULTS, shard, expect)
    click.echo(f"{page}: {run.verdict}")
