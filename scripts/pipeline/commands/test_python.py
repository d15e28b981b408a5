"""``pipeline test-python``: the tests outside Odoo."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from pipeline.commands.step import Outcome, run_step, step_options
from pipeline.core.settings import load
from pipeline.test.python.runner import STEP, test_python


@click.command("test-python")
@step_options
def command(source: Path, output: Path | None, form: str) -> None:
    """Run pytest over the [python] paths of pipeline.toml, measured by coverage."""

    def work() -> Outcome:
        if output is not None:
            return test_python(source, load(source), output)
        with tempfile.TemporaryDirectory(prefix="pipeline-") as files:
            return test_python(source, load(source), Path(files))

    run_step(STEP, work, output, form)
