"""``pipeline environment doctor``: what this machine lacks."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import read_settings, settings_option
from pipeline.cli.options.form import format_option
from pipeline.cli.output.checks import show
from pipeline.core.settings.environments import NAMES, resolve
from pipeline.environment.machine import doctor
from pipeline.environment.machine.facts import gather


@tree.command(before_settings=True)
@settings_option
@click.option(
    "--environment",
    type=click.Choice(NAMES),
    required=True,
    help="The environment that it should become.",
)
@click.option(
    "--clock", type=float, default=None, help="Time of the caller, in seconds since the epoch."
)
@format_option
def command(settings: Path, environment: str, clock: float | None, form: str) -> None:
    """Show what this machine has and what is missing; fails if something is missing."""
    said = read_settings(settings)
    here = resolve(said.project.name, said.environments, environment)
    checks = doctor.examine(here, gather(here, clock))
    show(checks, form)
