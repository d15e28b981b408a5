"""``pipeline environment history``: the runs of an environment."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import environment_options, host_of
from pipeline.cli.options.form import format_option
from pipeline.cli.output.runs import row
from pipeline.cli.output.tables import print_json, print_table
from pipeline.environment.runs import run_history


@tree.command()
@environment_options
@format_option
@click.option("--newest", type=int, default=20, show_default=True, help="Number of runs; 0: all.")
def command(environment: str, source: Path | None, form: str, newest: int) -> None:
    """List deployments, backups and rollbacks, oldest first."""
    host = host_of(environment, source, checked=False)
    found = [row(past) for past in run_history.history(host.runs, newest)]
    if form == "json":
        print_json([asdict(one) for one in found])
        return
    print_table(
        ("number", "what", "version", "by", "began", "took", "outcome"),
        (
            (
                one.number,
                one.kind,
                one.version or "-",
                one.by,
                one.began,
                f"{one.seconds:.0f} s",
                one.outcome,
            )
            for one in found
        ),
    )
