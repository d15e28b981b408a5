"""``pipeline test baseline``: record the coverage that later changes must keep."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.coverage import test_results_option
from pipeline.cli.options.step import source_option
from pipeline.core import files
from pipeline.core.addons.discovery import discover, series_of
from pipeline.core.errors import InputError
from pipeline.core.results import read_results
from pipeline.core.settings import load
from pipeline.test.coverage import baseline, gates, measure, scope
from pipeline.test.coverage.baseline import CoverageBaseline


@tree.command(prints="nothing")
@source_option
@test_results_option
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="File to write, such as coverage-baseline.json.",
)
def command(source: Path, results: Path, output: Path) -> None:
    """Write the coverage baseline of a complete test run that passed."""
    taken = take(source, results)
    output.parent.mkdir(parents=True, exist_ok=True)
    files.write(output, taken.to_json(), mode=None)
    click.echo(f"{output}: coverage of {len(taken.files)} files")


def take(root: Path, results: Path) -> CoverageBaseline:
    """Measure everything and make the baseline of it.

    Raises:
        InputError: tests failed or did not run: their coverage would be lost for good.
    """
    settings = load(root)
    addons = discover(root, settings)
    everything = scope.whole(settings, addons)
    data = measure.data_files(results)
    ran = [result for result in read_results(results) if result.step.startswith("test-")]
    if bad := [result.step for result in ran if not result.status.good]:
        raise InputError(
            f"these tests did not pass: {', '.join(bad)}",
            "a baseline is taken from a run in which all tests pass: fix them first",
        )
    owners = scope.python_files(root, everything)
    with measure.combined(root, data, owners) as measurement:
        measured = measurement.files()
    if unreadable := gates.unreadable(owners, measured):
        raise InputError(
            f"coverage.py cannot parse as Python: {', '.join(one.path for one in unreadable)}",
            unreadable[0].fix,
        )
    owned = {file.addon for file in measured if file.statements}
    with_code = {*owned, *(everything.outside if "" in owned else ())}
    units = [result.step.removeprefix("test-") for result in ran]
    if lacking := with_code.intersection(scope.lacking(everything, data, units)):
        raise InputError(
            f"no coverage data for: {', '.join(sorted(lacking))}",
            "a baseline is taken from a complete run: run all tests, without --changed-since",
        )
    return baseline.take(root, series_of(addons, settings), measured)
