"""``pipeline environment attach``: follow a run to its end."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import environment_options, host_of
from pipeline.cli.output.events import tell
from pipeline.environment.runs.follow import follow
from pipeline.environment.runs.journal import Event


@tree.command()
@environment_options
@click.argument("run", default="")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print the events.",
)
@click.option("--appears", type=float, default=0.0, help="Seconds to wait for the run to appear.")
@click.option(
    "--patience",
    type=float,
    default=5.0,
    show_default=True,
    help="Seconds to wait for a resume if its process has died.",
)
def command(
    environment: str, source: Path | None, run: str, form: str, appears: float, patience: float
) -> None:
    """Print the journal of RUN (its id or number; the newest unless given) until it has ended.

    Ends with the exit code that the run itself ended with.
    """

    def as_json(event: Event) -> None:
        click.echo(json.dumps(event, ensure_ascii=False))

    host = host_of(environment, source, checked=False)
    follow(host.runs, run, as_json if form == "json" else tell, appears, patience)
