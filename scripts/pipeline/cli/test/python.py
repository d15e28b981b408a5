"""``pipeline test python``: the tests outside Odoo."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.step import step_options
from pipeline.cli.output.step import run_step
from pipeline.core.results import Outcome
from pipeline.core.settings import load, read_file
from pipeline.test.python.runner import test_python


@tree.command()
@step_options
@click.option("--suite", default="", help="Run only this suite, a section [python.suites.<name>].")
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    help="File that is read instead of the source's pipeline.toml, such as the plan's settings of "
    "a suite.",
)
def command(
    source: Path, output: Path | None, form: str, suite: str, settings_file: Path | None
) -> None:
    """Run pytest over the [python] paths of pipeline.toml, measured by coverage."""

    def work() -> Outcome:
        settings = load(source) if settings_file is None else read_file(settings_file)
        if output is not None:
            return test_python(source, settings, output, suite)
        with tempfile.TemporaryDirectory(prefix="pipeline-") as files:
            return test_python(source, settings, Path(files), suite)

    run_step(f"test-python-{suite}" if suite else "test-python", work, output, form)
