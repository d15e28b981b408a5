"""``pipeline resume``: bring what was interrupted to its end; also run after every boot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.commands.on_vm import caller, environment_options, host_of, run_options
from pipeline.vm import operate
from pipeline.vm.perform import STOPPED


@click.command()
@environment_options
@run_options
def command(environment: str, source: Path | None, **options: Any) -> None:
    """End interrupted runs: forward when the new version was accepted, else back."""
    ended = operate.resume_all(host_of(environment, source), caller(**options))
    for past in ended:
        click.echo(f"{past.name}: {past.story.outcome}")
        if past.story.outcome == STOPPED and past.story.ended:  # somebody has to do something
            click.echo(f"{past.story.ended['message']}\n  what to do: {past.story.ended['fix']}")
    if not ended:
        click.echo("nothing was interrupted")
