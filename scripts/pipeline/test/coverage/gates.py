"""The rules of the gate, as findings. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.core.results import Finding
from pipeline.test.coverage.numbers import FileCover, GroupCover, lines_phrase
from pipeline.test.coverage.regression import Fall

_WORST = 5
ADVICE = "write tests for the listed lines (the map is htmlcov/index.html), or remove unused code"


def below_minimum(groups: Iterable[GroupCover], minimum: float) -> tuple[Finding, ...]:
    """Findings for each group below the minimum, and for its files with most missing lines."""
    findings: dict[Finding, None] = {}
    for group in groups:
        if group.percent >= minimum:
            continue
        worst = sorted(group.files, key=lambda file: (-len(file.missing), file.path))
        worst = [file for file in worst if file.missing][:_WORST]
        names = ", ".join(f"{file.path} ({len(file.missing)})" for file in worst)
        findings[
            Finding(
                "",
                0,
                "coverage-minimum",
                f"{group.name}: {group.percent:.2f} % covered, the minimum is {minimum:g} %"
                + (f"; most lines are missing in {names}" if names else ""),
                "write tests for the missing lines",
            )
        ] = None
        findings |= dict.fromkeys(_missing(file) for file in worst)
    return tuple(findings)


def unreadable(paths: Iterable[str], files: Iterable[FileCover]) -> tuple[Finding, ...]:
    """A finding for each file that should be measured but does not parse, such as a template."""
    measured = {file.path for file in files}
    return tuple(
        Finding(
            path,
            0,
            "coverage-unreadable",
            "it cannot be measured: coverage.py cannot parse it as Python",
            "fix it; if it is a template, list it in pipeline.toml ([coverage] omit)",
        )
        for path in paths
        if path not in measured
    )


def _missing(file: FileCover) -> Finding:
    message = (
        f"{len(file.missing)} of {file.statements} statements are not covered "
        f"({file.percent:.2f} %): {lines_phrase(file.missing)}"
        if file.covered
        else f"none of its {file.statements} statements is covered: does a test import it?"
    )
    return Finding(file.path, file.missing[0], "coverage-missing", message)


def regressions(
    falls: Iterable[Fall], fallen: Iterable[tuple[str, float, float]]
) -> tuple[Finding, ...]:
    """A finding for each file and each group that fell below the baseline."""
    files = [
        Finding(
            fall.file.path,
            fall.line,
            "coverage-regression",
            f"fell from {fall.before:.2f} % to {fall.file.percent:.2f} %; {fall.phrase}",
            "add tests for these lines, or remove unused code",
        )
        for fall in falls
    ]
    groups = [
        Finding(
            "",
            0,
            "coverage-regression",
            f"{name}: fell from {before:.2f} % to {now:.2f} % (files in the baseline)",
            "cover the listed files, so that the group is not worse than before",
        )
        for name, before, now in fallen
    ]
    return (*groups, *files)
