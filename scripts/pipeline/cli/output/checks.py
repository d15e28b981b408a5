"""The results of a `doctor`: a table for people, JSON for programs."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence

import click
from rich import box
from rich.table import Table

from pipeline.core.console import console
from pipeline.core.errors import CheckFailed
from pipeline.core.results import Check


def show(checks: Sequence[Check], form: str) -> None:
    """Print checks as a table or JSON; exits with an error's code if one failed."""
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
