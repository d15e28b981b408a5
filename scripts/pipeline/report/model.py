"""The data of the page, collected from the results, the tests, the totals and the source."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import groupby
from pathlib import Path

from pipeline import __version__
from pipeline.core import git
from pipeline.core.addons.discovery import AddOn, discover, series_of
from pipeline.core.errors import PipelineError
from pipeline.core.results import Finding, StepResult
from pipeline.core.settings import load
from pipeline.report.collect import PipelineRun
from pipeline.report.tests import ReportedTest, TestReport
from pipeline.test.coverage.numbers import FileCover, GroupCover, groups
from pipeline.test.coverage.totals import FILE_NAME, Totals, by_addon

SLOWEST = 10
#: On the page; each is some 50 to 200 KB.
MOST_SCREENSHOTS = 30


@dataclass(frozen=True)
class Source:
    """The source's properties; unknown ones are empty."""

    project: str = ""
    series: str = ""
    commit: str = ""
    subject: str = ""
    committed: str = ""
    addons: tuple[AddOn, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class AddOnRow:
    """One add-on with its results: one, or two if it was tested with and without demo data."""

    addon: AddOn
    steps: tuple[StepResult, ...]
    tests: tuple[ReportedTest, ...]
    cover: GroupCover | None


@dataclass(frozen=True)
class Page:
    """Everything on the page.

    Attributes:
        files: names and descriptions of what is next to it.
        screenshots: pictures of failed tests, by name: the page has them itself.
    """

    run: PipelineRun
    source: Source
    report: TestReport
    totals: Totals | None
    totals_problem: str
    made: str
    files: tuple[tuple[str, str], ...]
    screenshots: Mapping[str, bytes] = field(default_factory=dict)
    pipeline: str = __version__
    python: str = platform.python_version()

    @property
    def failing(self) -> tuple[ReportedTest, ...]:
        """Tests that failed or could not run."""
        return tuple(test for test in self.report.tests if test.bad)

    @property
    def skipped(self) -> tuple[ReportedTest, ...]:
        """Tests that were skipped."""
        return tuple(test for test in self.report.tests if test.outcome == "skipped")

    @property
    def slowest(self) -> tuple[ReportedTest, ...]:
        """The tests that took longest, longest first."""
        return tuple(sorted(self.report.tests, key=lambda test: -test.seconds)[:SLOWEST])

    @property
    def units(self) -> tuple[tuple[str, tuple[ReportedTest, ...]], ...]:
        """The tests by unit."""
        names = dict.fromkeys(test.unit for test in self.report.tests)
        return tuple((name, self.report.of(name)) for name in names)

    @property
    def with_findings(self) -> tuple[StepResult, ...]:
        """Steps that found something, or ended with an error."""
        return tuple(step for step in self.run.steps if step.findings or not step.status.good)

    @property
    def findings(self) -> int:
        """How many findings all steps have."""
        return sum(len(step.findings) for step in self.run.steps)

    @property
    def longest(self) -> float:
        """Seconds of the longest step that ran now, never 0."""
        ran = (step.seconds for step in self.run.steps if not self.run.was_cached(step))
        return max(ran, default=0) or 1.0

    @property
    def groups(self) -> tuple[GroupCover, ...]:
        """The coverage groups."""
        return groups(self.totals.files) if self.totals else ()

    @property
    def parts(self) -> tuple[GroupCover, ...]:
        """The files of the scripts and of each add-on."""
        if not self.totals:
            return ()
        scripts = GroupCover("scripts", tuple(file for file in self.totals.files if not file.addon))
        return (*((scripts,) if scripts.files else ()), *by_addon(self.totals.files))

    @property
    def addons(self) -> tuple[AddOnRow, ...]:
        """The add-ons of the source."""
        covers = {part.name: part for part in by_addon(self.totals.files if self.totals else ())}
        return tuple(
            AddOnRow(
                addon,
                tuple(one for one in self.run.steps if _about(one.step, f"test-{addon.name}")),
                tuple(one for one in self.report.tests if _about(one.unit, addon.name)),
                covers.get(addon.name),
            )
            for addon in self.source.addons
        )


def _about(name: str, addon: str) -> bool:
    """Whether a step or unit is of an add-on; `-with-demo` may follow, as in the plan."""
    return name == addon or name.startswith(f"{addon}-")


def by_file(findings: Sequence[Finding]) -> tuple[tuple[str, tuple[Finding, ...]], ...]:
    """Sorted findings by file."""
    ordered = sorted(findings)
    return tuple((path, tuple(few)) for path, few in groupby(ordered, lambda one: one.path))


def uncovered(group: GroupCover) -> tuple[FileCover, ...]:
    """Files that are not fully covered, worst first."""
    files = (file for file in group.files if file.missing or file.partial)
    return tuple(sorted(files, key=lambda file: (file.percent, file.path)))


def read_screenshots(results: Path, report: TestReport) -> dict[str, bytes]:
    """The pictures of failed tests, up to a number of them; the results have all."""
    names = [name for test in report.tests if test.bad for name in test.screenshots]
    paths = [results / name for name in dict.fromkeys(names)]
    return {path.name: path.read_bytes() for path in paths[:MOST_SCREENSHOTS] if path.is_file()}


def describe(root: Path) -> Source:
    """The source's properties. An unusable source still gets its report."""
    project = series = problem = ""
    addons: tuple[AddOn, ...] = ()
    try:
        settings = load(root)
        project = settings.project.name
        addons = discover(root, settings)
        series = series_of(addons, settings)
    except PipelineError as error:
        problem = error.message
    commit = subject = committed = ""
    try:
        if git.is_checkout(root):
            answer = git.git(root, "log", "-1", "--format=%H%n%cI%n%s", ok=(0, 128))
            if not answer.code:
                commit, committed, subject = answer.stdout.rstrip("\n").split("\n", 2)
    except PipelineError:  # no git here: the page shows less
        pass
    return Source(project, series, commit, subject, committed, addons, problem)


def read_totals(directory: Path) -> tuple[Totals | None, str]:
    """The coverage totals of a run, or why there are none."""
    path = directory / FILE_NAME
    if not path.is_file():
        return None, "coverage was not measured in this run"
    try:
        return Totals.from_json(path.read_text(encoding="utf-8", errors="replace")), ""
    except PipelineError as error:
        return None, error.message


def now() -> str:
    """The present time, for the page."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
