"""``pipeline test coverage``: combine the coverage of all tests, and apply the gate."""

from __future__ import annotations

from pathlib import Path

from pipeline.cli import tree
from pipeline.cli.options.coverage import bar_options, test_results_option
from pipeline.cli.options.step import step_options
from pipeline.cli.output.step import run_step
from pipeline.test.coverage import gate


@tree.command()
@step_options
@test_results_option
@bar_options
def command(
    source: Path,
    results: Path,
    output: Path | None,
    form: str,
    baseline: Path | None,
    changed_since: str | None,
) -> None:
    """Fail when coverage is below the minimum or below the baseline."""
    run_step(
        "coverage",
        lambda: gate.check(source, results, output, baseline, changed_since),
        output,
        form,
    )
