"""``pipeline report merge``: one report, and one coverage gate, for all shards of a run."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.coverage import bar_options
from pipeline.cli.options.report import report_directory_option
from pipeline.cli.options.step import source_option
from pipeline.cli.output.step import perform_step
from pipeline.core.errors import PipelineError
from pipeline.core.results import Status, StepResult, write_result
from pipeline.core.settings import load
from pipeline.report.collect import collect
from pipeline.report.shards import COVERAGE, merge
from pipeline.report.write import write_report
from pipeline.test.coverage import gate
from pipeline.test.coverage.scope import units_outside
from pipeline.test.plan import make_plan


@tree.command(prints="nothing")
@source_option
@bar_options
@click.option(
    "--shards",
    type=click.Path(path_type=Path),
    required=True,
    help="Directory with one subdirectory per shard report.",
)
@report_directory_option
def command(
    source: Path, shards: Path, output: Path, baseline: Path | None, changed_since: str | None
) -> None:
    """Write the report that one machine would have written, from those of all shards. The coverage
    gate is applied here, to the coverage of all shards. A missing shard or add-on is an error in
    the
    report; its exit-code is that of the complete run.
    """
    with tempfile.TemporaryDirectory(prefix="pipeline-") as directory:
        results = Path(directory)
        ran = merge(shards, results)
        wanted = _wanted(source, changed_since, results)
        judged, _ = perform_step(
            COVERAGE, lambda: gate.check(source, results, results, baseline, changed_since)
        )
        write_result(judged, results)
        run = collect(results, (*ran, *wanted, COVERAGE), ended=time.time())
        page = write_report(run, source, results, output)
    click.echo(f"{page}: {run.verdict}")


def _wanted(source: Path, changed_since: str | None, results: Path) -> tuple[str, ...]:
    """The test steps of a complete run; if planning them fails, that is a result of its own."""
    try:
        settings = load(source)
        plan = make_plan(source, settings, changed_since)
    except PipelineError as error:
        write_result(StepResult("plan", Status.ERROR, error.message, error.fix), results)
        return ("plan",)
    units = [f"{unit.addon}{demo.suffix}" for demo in plan.demo for unit in plan.units]
    return tuple(f"test-{unit}" for unit in (*units, *units_outside(settings.python)))
