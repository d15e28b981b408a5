"""``pipeline check modules``: the add-ons, with version, dependencies and tests."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import click
from rich import box
from rich.table import Table
from rich.text import Text

from pipeline.check.modules import Module, describe_module
from pipeline.cli import tree
from pipeline.cli.options.step import step_options
from pipeline.cli.output.step import run_step
from pipeline.core.addons.dependencies import question, unlisted
from pipeline.core.addons.discovery import discover
from pipeline.core.console import console, print_result
from pipeline.core.results import Outcome, StepResult
from pipeline.core.settings import load
from pipeline.core.wording import counted


@tree.command()
@step_options
def command(source: Path, output: Path | None, form: str) -> None:
    """List the add-ons: version, dependencies, tests present, problems."""
    modules: list[Module] = []

    def work() -> Outcome:
        settings = load(source)
        addons = discover(source, settings)
        described = [describe_module(source, addon) for addon in addons]
        modules.extend(module for module, _ in described)
        findings = tuple(finding for _, found in described for finding in found)
        parts = [summary(modules), question(unlisted(source, settings, addons))]
        return Outcome("; ".join(filter(None, parts)), findings, "fix the add-ons with problems")

    def show(result: StepResult) -> None:
        if form == "json":
            click.echo(as_json(modules, result), nl=False)
            return
        if modules:
            console().print(as_table(modules))
        print_result(result)

    run_step("modules", work, output, form, show)


def summary(modules: Sequence[Module]) -> str:
    """One line on what was found."""
    bare = [module.name for module in modules if module.installable and not module.test_methods]
    parts = [
        counted(len(modules), "add-on"),
        counted(sum(module.test_methods for module in modules), "test method"),
    ]
    if bare:
        parts.append(f"without tests: {', '.join(bare)}")
    if broken := [module.name for module in modules if module.problems]:
        parts.append(f"with problems: {', '.join(broken)}")
    return "; ".join(parts)


def as_json(modules: Sequence[Module], result: StepResult) -> str:
    """The verdict and all rows as one JSON object."""
    data = {
        "status": result.status.value,
        "summary": result.summary,
        "advice": "" if result.status.good else result.advice,
        "modules": [dataclasses.asdict(module) for module in modules],
    }
    return json.dumps(data, indent=2) + "\n"


def as_table(modules: Sequence[Module]) -> Table:
    """All rows as a table; those with a problem are marked, also by colour."""
    table = Table(box=box.ROUNDED)
    for title in ("add-on", "version", "depends", "tests", "notes", "folder"):
        table.add_column(title, no_wrap=title in ("add-on", "version", "tests"), overflow="fold")
    for module in modules:
        tests = f"{module.test_methods} in {module.test_files}" if module.test_files else "none"
        table.add_row(
            Text(module.name),
            Text(module.version),
            Text(", ".join(module.depends)),
            Text(tests, style="" if module.test_methods else "yellow"),
            Text(_notes(module), style="bold red" if module.problems else ""),
            Text(PurePosixPath(module.path).parent.as_posix()),
        )
    return table


def _notes(module: Module) -> str:
    if module.problems:
        return f"PROBLEM, see below ({len(module.problems)})"
    notes = ["application"] if module.application else []
    return ", ".join(notes + ([] if module.installable else ["not installable"]))
