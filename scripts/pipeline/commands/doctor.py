"""``pipeline doctor``: what this machine lacks."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich import box
from rich.table import Table

from pipeline.commands.format_option import format_option
from pipeline.commands.prepare_vm import settings_option
from pipeline.core.console import console
from pipeline.core.environments import NAMES, resolve
from pipeline.core.errors import CheckFailed
from pipeline.core.results import Check
from pipeline.core.settings import read
from pipeline.environment.machine import doctor
from pipeline.environment.machine.facts import gather


@click.command("doctor")
@settings_option
@click.option("--environment", type=click.Choice(NAMES), required=True, help="What it shall be.")
@click.option(
    "--clock", type=float, default=None, help="Time of the caller, in seconds since the epoch."
)
@format_option
def command(settings: Path, environment: str, clock: float | None, form: str) -> None:
    """Show what this machine has and what it lacks; fails when something is lacking."""
    said = read(settings)
    here = resolve(said.project.name, said.environments, environment)
    checks = doctor.examine(here, gather(here, clock))
    show(checks, form)


def show(checks: Sequence[Check], form: str) -> None:
    """Print checks as a table or as JSON, and end with an error's exit code if one is not good."""
    if form == "json":
        click.echo(json.dumps([dataclasses.asdict(check) for check in checks], indent=2))
    else:
        table = Table(box=box.ROUNDED)
        for title in ("what", "there is", "needed", "", "what to do"):
            table.add_column(title, overflow="fold")
        for check in checks:
            mark, fix = ("ok", "") if check.good else ("LACKS", check.fix)
            table.add_row(check.name, check.found, check.wanted, mark, fix)
        console().print(table)
    sys.exit(0 if all(check.good for check in checks) else CheckFailed.exit_code)
