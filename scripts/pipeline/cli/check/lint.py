"""``pipeline check lint``: the source's own tools."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.check.lint import Linted, lint
from pipeline.check.lint.environments import default_folder
from pipeline.cli import tree
from pipeline.cli.options.step import step_options
from pipeline.cli.output.step import run_step
from pipeline.core.results import Outcome
from pipeline.core.settings import load


@tree.command()
@step_options
@click.option(
    "--tools",
    type=click.Path(path_type=Path),
    help="Folder of the tools in the versions that the source names, installed when missing; "
    "default: one in the user's cache.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that remembers what is clean; default: nothing is remembered.",
)
def command(
    source: Path, output: Path | None, form: str, tools: Path | None, cache: Path | None
) -> None:
    """Check format, imports and style of all Python files, and the add-ons' code and data."""

    def work() -> Outcome:
        linted = lint(source, load(source), (tools or default_folder()).absolute(), cache)
        if not linted.plan.runs:
            return Outcome("no Python files and no add-ons: nothing to lint", skipped=True)
        return Outcome(_summary(linted), linted.findings, _advice(linted))

    run_step("lint", work, output, form)


def _summary(linted: Linted) -> str:
    versions = dict.fromkeys(run.version for run in linted.plan.runs)
    parts = [f"{linted.python_files} Python files", ", ".join(versions)]
    if linted.findings:
        counts = ", ".join(f"{name} {count}" for name, count in linted.counts.items())
        parts.append(f"findings: {len(linted.findings)} ({counts})")
    if linted.plan.others:
        parts.append(f"left to pre-commit: {', '.join(linted.plan.others)}")
    return "; ".join(parts)


def _advice(linted: Linted) -> str:
    commands = " and ".join(f"`{command}`" for command in linted.fixes)
    rest = "fix what the other lines report"
    return f"run {commands}; {rest}" if commands else rest
