"""``pipeline test databases``: which databases to prepare, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
import dacite

from pipeline.cli import tree
from pipeline.core.errors import InputError
from pipeline.test.needs import Needs
from pipeline.test.odoo import installation
from pipeline.test.odoo.databases import plan_databases
from pipeline.test.odoo.modules import read_modules


@tree.command(prints="JSON")
@click.option(
    "--needs",
    type=click.Path(path_type=Path),
    required=True,
    help="File with what the add-ons need: `needs` of what `pipeline test plan` prints.",
)
def command(needs: Path) -> None:
    """Print the databases in which the tests of the add-ons start, by the modules of this Odoo."""
    try:
        data = json.loads(needs.read_text(encoding="utf-8"))
        given = dacite.from_dict(Needs, data, dacite.Config(cast=[tuple]))
    except (OSError, ValueError, dacite.DaciteError) as error:
        raise InputError(
            f"{needs} does not say what add-ons need: {error}",
            "give the object `needs` of what `pipeline test plan` prints",
        ) from error
    odoo = read_modules(installation.find().folders)
    made = plan_databases(odoo, given.modules, given.always, given.visited)
    click.echo(json.dumps(asdict(made), indent=2, sort_keys=True))
