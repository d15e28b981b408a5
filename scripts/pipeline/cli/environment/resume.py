"""``pipeline environment resume``: end interrupted runs; called after every boot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import caller, environment_options, host_of, run_options
from pipeline.environment.operations import start
from pipeline.environment.runs.follow import raise_outcome
from pipeline.environment.runs.runner import STOPPED


@tree.command(lasts=True, prints="events")
@environment_options
@run_options
def command(environment: str, source: Path | None, **options: Any) -> None:
    """Finish interrupted runs: forward if the new version was accepted, otherwise back."""
    ended = start.resume_all(host_of(environment, source), caller(**options))
    for past in ended:
        click.echo(f"{past.name}: {past.story.outcome}")
    if not ended:
        click.echo("nothing was interrupted")
    for past in ended:  # a person has to decide, so this must not look like a success
        if past.story.ended and past.story.outcome == STOPPED:
            raise_outcome(past.story.ended)
