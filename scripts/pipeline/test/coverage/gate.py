"""The coverage gate: measure the coverage of all tests, and judge it."""

from __future__ import annotations

from pathlib import Path

from pipeline.core import git
from pipeline.core.addons.discovery import discover, series_of
from pipeline.core.errors import InputError
from pipeline.core.results import Finding, Outcome, Status, read_results
from pipeline.core.settings import load
from pipeline.test.coverage import gates, measure, reference, regression, scope
from pipeline.test.coverage.baseline import blob_id
from pipeline.test.coverage.numbers import FileCover, groups
from pipeline.test.coverage.totals import FILE_NAME, Totals


def check(
    root: Path,
    results: Path,
    output: Path | None = None,
    baseline: Path | None = None,
    changed_since: str | None = None,
) -> Outcome:
    """Measure, write the coverage reports to ``output``, and apply the gate.

    Raises:
        InputError: no coverage data, or the baseline or reference is unusable.
    """
    settings = load(root)
    addons = discover(root, settings)
    bar = reference.find(root, settings.coverage, series_of(addons, settings), baseline)
    data = measure.data_files(results)
    measured = scope.whole(settings, addons)
    notes = []
    if changed_since is not None:
        git.require_checkout(root, "--changed-since needs git to find changes")
        git.merge_base(root, changed_since)
        tested = {*data, *_test_steps(results)}
        measured = scope.only_tested(measured, tested)
        if not tested:
            return Outcome(f"nothing was tested: no changes since {changed_since}", skipped=True)
        notes.append(f"only what was tested since {changed_since}: {', '.join(measured.units)}")
    if not data:
        raise InputError(
            f"no coverage data in {results}",
            "run the tests first (`pipeline test python`, `pipeline test addon`), "
            "and check why a test step left none",
        )
    owners = scope.python_files(root, measured)
    with measure.combined(root, data, owners) as measurement:
        files = measurement.files()
        if output is not None:
            measurement.write_reports(output)
    if lacking := scope.lacking(measured, data, _test_steps(results)):
        notes.append(f"no data for {', '.join(lacking)}")
    notes.append(bar.note)
    findings, before = _judge(root, files, bar)
    findings = (*gates.unreadable(owners, files), *findings)
    if output is not None:
        totals = Totals(bar.minimum, "; ".join(notes), files, before)
        (output / FILE_NAME).write_text(totals.to_json(), encoding="utf-8")
    if not owners:
        return Outcome("; ".join(("no Python code to measure", *notes)), skipped=True)
    percents = ", ".join(f"{group.name} {group.percent:.2f} %" for group in groups(files))
    return Outcome(
        "; ".join((f"{percents} (minimum {bar.minimum:g} %)", *notes)),
        findings,
        gates.ADVICE if findings else "",
    )


def _judge(
    root: Path, files: tuple[FileCover, ...], bar: reference.Bar
) -> tuple[tuple[Finding, ...], dict[str, float]]:
    """The findings, and the baseline's percentage of each file that is in it."""
    judged = groups(files)
    findings = gates.below_minimum(judged, bar.minimum)
    if bar.baseline is None:
        return findings, {}

    def blob_of(path: str) -> str:
        return blob_id((root / path).read_bytes())

    pairs = regression.pair(files, bar.baseline.files, blob_of)
    falls = regression.fallen_files(
        files,
        pairs,
        text_of=lambda path: (root / path).read_text(encoding="utf-8", errors="replace"),
        text_of_blob=lambda blob: git.blob(root, blob),
        blob_of=blob_of,
    )
    fallen = regression.fallen_groups(judged, pairs)
    before = {path: numbers.percent for path, numbers in pairs.items()}
    return (*findings, *gates.regressions(falls, fallen)), before


def _test_steps(results: Path) -> list[str]:
    return [
        result.step.removeprefix("test-")
        for result in read_results(results)
        if result.step.startswith("test-") and result.status is not Status.SKIPPED
    ]
