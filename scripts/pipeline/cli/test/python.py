"""``pipeline test python``: the tests outside Odoo."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pipeline.cli import tree
from pipeline.cli.options.step import step_options
from pipeline.cli.output.step import run_step
from pipeline.core.results import Outcome
from pipeline.core.settings import load
from pipeline.test.python.runner import STEP, test_python


@tree.command()
@step_options
def command(source: Path, output: Path | None, form: str) -> None:
    """Run pytest over the [python] paths of pipeline.toml, measured by coverage."""

    def work() -> Outcome:
        if output is not None:
            return test_python(source, load(source), output)
        with tempfile.TemporaryDirectory(prefix="pipeline-") as files:
            return test_python(source, load(source), Path(files))

    run_step(STEP, work, output, form)
