"""``pipeline test mutants``: list the seeded mutants, or judge what their tests found."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.step import step_options
from pipeline.cli.output.step import run_step
from pipeline.core.addons.dependencies import discover_dependencies
from pipeline.core.addons.discovery import discover
from pipeline.core.results import Outcome
from pipeline.core.settings import load
from pipeline.test.mutants import find, judge, noticed_by


@tree.command()
@step_options
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=None,
    help="Directory with the test results of each mutant; without it, the mutants are listed.",
)
def command(source: Path, output: Path | None, form: str, results: Path | None) -> None:
    """List the mutants as JSON, or fail if no test noticed one of them."""
    settings = load(source)
    addons = discover(source, settings)
    dependencies = discover_dependencies(source, settings, addons)
    mutants = find(source, settings.mutants.folder, addons, dependencies)
    if results is None:
        click.echo(json.dumps([dataclasses.asdict(mutant) for mutant in mutants], indent=2))
        return
    for mutant in mutants:
        noticed = noticed_by(mutant, results)
        by = noticed[0].splitlines()[0][:90] if noticed else "NOTHING"
        click.echo(f"{mutant.name}: noticed by {by}")

    def work() -> Outcome:
        survivors = judge(mutants, results)
        count = len(mutants) - len(survivors)
        return Outcome(
            f"{count} of {len(mutants)} mutants noticed",
            survivors,
            "write tests for the code that can break unnoticed",
        )

    run_step("mutants", work, output, form)
