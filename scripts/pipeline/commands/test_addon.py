"""``pipeline test-addon``: the tests of one add-on in a real Odoo."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.commands.step import Outcome, run_step, step_options
from pipeline.odoo.prepare import DIRECTORY
from pipeline.odoo.run import test_addon
from pipeline.settings import load


@click.command("test-addon")
@click.argument("name")
@step_options
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=DIRECTORY,
    show_default=True,
    help="Where `prepare-database` put its files.",
)
def command(name: str, source: Path, output: Path | None, form: str, directory: Path) -> None:
    """Install the add-on NAME in a copy of the prepared database and run its tests."""

    def work() -> Outcome:
        files = output or directory / "output"
        return test_addon(source, load(source), name, files, directory)

    run_step(f"test-{name}", work, output, form)
