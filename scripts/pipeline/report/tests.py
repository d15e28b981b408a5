"""The JUnit files of all test steps, merged, and their tests as plain records."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, JUnitXmlError, Skipped, TestCase, TestSuite

from pipeline.core.console import printable

PREFIX = "junit-"
#: Characters that XML does not allow and other tools write anyway: raw, or as a character
#: reference.
_CONTROLS = re.compile(
    rb"(?:\x1b|&#(?:x0*1b|0*27);)\[[0-?]*[ -/]*[@-~]"  # colours
    rb"|[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|f{3}[ef]|d[89a-f]..)"
    rb"|0*(?:[0-8]|1[124-9]|2[0-9]|3[01]));|\xef\xbf[\xbe\xbf]",
    re.IGNORECASE,
)
_ENCODING = re.compile(rb"\s*<\?xml[^>]*encoding=[\"']([\w.-]+)")
#: A file that belongs to a test, as GitLab and Jenkins read it, too. Only a name, never a path.
_ATTACHMENT = re.compile(r"^\[\[ATTACHMENT\|(\w[\w.-]*\.png)\]\]\n?", re.MULTILINE)
_WORST_FIRST = ("error", "failed", "skipped", "passed")


@dataclass(frozen=True)
class ReportedTest:
    """One test.

    Attributes:
        unit: what was tested: ``python`` or an add-on.
        group: its class or file.
        name: its name in the group.
        seconds: how long it took.
        outcome: ``passed``, ``failed``, ``error`` or ``skipped``.
        message: why, one line or more; empty when it passed.
        trace: the traceback, when there is one.
        output: what it printed, such as the console of a browser.
        screenshots: names of files in the results.
    """

    unit: str
    group: str
    name: str
    seconds: float
    outcome: str
    message: str = ""
    trace: str = ""
    output: str = ""
    screenshots: tuple[str, ...] = ()

    @property
    def bad(self) -> bool:
        """Whether it failed or could not run."""
        return self.outcome in ("failed", "error")


@dataclass(frozen=True)
class TestReport:
    """All tests, and the one JUnit document of them."""

    tests: tuple[ReportedTest, ...]
    document: JUnitXml

    def of(self, unit: str) -> tuple[ReportedTest, ...]:
        """The tests of one unit."""
        return tuple(test for test in self.tests if test.unit == unit)

    def count(self, *outcomes: str) -> int:
        """How many tests ended in one of these ways."""
        return sum(test.outcome in outcomes for test in self.tests)


def read(directory: Path) -> TestReport:
    """Merge ``junit-<unit>.xml`` of a directory; suites are named by unit.

    A file that is not JUnit XML becomes a test with an error: it must not vanish.
    """
    tests: list[ReportedTest] = []
    document = JUnitXml("tests")
    for path in sorted(directory.glob(f"{PREFIX}*.xml")):
        unit = path.stem.removeprefix(PREFIX)
        suites = _suites(path)
        for suite in suites:
            suite.name = unit if len(suites) == 1 else f"{unit}.{suite.name}"
            document.append(suite)
            tests += [_test(unit, case) for case in suite]  # nested suites included
    document.update_statistics()
    return TestReport(tuple(tests), document)


def _suites(path: Path) -> list[TestSuite]:
    try:
        suites = list(JUnitXml.fromstring(_CONTROLS.sub(b"", _utf8(path.read_bytes()))))
        for suite in suites:
            for case in suite:
                _mend_time(case)
        return suites
    except (JUnitXmlError, SyntaxError, ValueError, OSError) as error:
        # SyntaxError is what both XML libraries raise on bad XML
        case = TestCase(path.name, "results", 0.0)
        case.result = [Error(f"{path.name} is not readable JUnit XML: {error}")]
        suite = TestSuite(path.stem)
        suite.add_testcase(case)
        return [suite]


def _utf8(data: bytes) -> bytes:
    """Bytes that say they are UTF-8, or nothing, with a mark where they are not."""
    declared = _ENCODING.match(data)
    if declared and declared[1].lower() not in (b"utf-8", b"utf8"):
        return data
    return data.decode("utf-8", "replace").encode()


def _mend_time(case: TestCase) -> None:
    """A time that is not a number of seconds becomes 0: no reason to lose the test."""
    try:
        sound = math.isfinite(case.time or 0)
    except ValueError:
        sound = False
    if not sound:
        case.time = 0.0


def _test(unit: str, case: TestCase) -> ReportedTest:
    results = sorted(
        ((_outcome(result), result) for result in case.result or ()),
        key=lambda pair: _WORST_FIRST.index(pair[0]),
    )
    outcome = results[0][0] if results else "passed"
    output = case.system_out or ""
    return ReportedTest(
        unit,
        printable(case.classname or ""),
        printable(case.name or "?"),
        float(case.time or 0),
        outcome,
        _join(result.message for kind, result in results if kind == outcome),
        _join(result.text for kind, result in results if kind == outcome),
        printable(_ATTACHMENT.sub("", output)).strip("\n"),
        tuple(_ATTACHMENT.findall(output)),
    )


def _outcome(result: object) -> str:
    kinds = {Error: "error", Failure: "failed", Skipped: "skipped"}
    return next((name for kind, name in kinds.items() if isinstance(result, kind)), "passed")


def _join(texts: Iterable[str | None]) -> str:
    return "\n".join(printable(text).strip("\n") for text in texts if text)
