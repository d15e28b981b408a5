"""``pipeline test addon``: the tests of one add-on in a real Odoo."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.database_server import server_option
from pipeline.cli.options.step import step_options
from pipeline.cli.output.step import run_step
from pipeline.core.addons.dependencies import discover_dependencies, read_dependency
from pipeline.core.addons.discovery import discover, read_addon
from pipeline.core.results import Outcome
from pipeline.core.settings import load
from pipeline.test.odoo.prepare import DIRECTORY
from pipeline.test.odoo.run import test_addon


@tree.command()
@click.argument("name")
@step_options
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=DIRECTORY,
    show_default=True,
    help="Directory that `test prepare-database` wrote to.",
)
@server_option
@click.option(
    "--unit",
    help="Name of the results, if there are several of one add-on; default: NAME.",
)
@click.option(
    "--folder",
    "folders",
    multiple=True,
    help="Folder of an available add-on; may be repeated. Default: search for all.",
)
@click.option(
    "--dependency",
    "dependencies",
    multiple=True,
    help="Folder of an available add-on of others, with --folder; may be repeated.",
)
def command(
    name: str,
    source: Path,
    output: Path | None,
    form: str,
    directory: Path,
    server: str | None,
    unit: str | None,
    folders: tuple[str, ...],
    dependencies: tuple[str, ...],
) -> None:
    """Install the add-on NAME in a copy of the prepared database and run its tests."""

    def work() -> Outcome:
        files, settings = output or directory / "output", load(source)
        addons = tuple(read_addon(source, source / folder) for folder in folders)
        others = tuple(read_dependency(source, source / folder) for folder in dependencies)
        if not addons:
            addons = discover(source, settings)
            others = discover_dependencies(source, settings, addons)
        addons = (*addons, *others)
        return test_addon(source, settings, addons, name, files, directory, server, unit)

    run_step(f"test-{unit or name}", work, output, form)
