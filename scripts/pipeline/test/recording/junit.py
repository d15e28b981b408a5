"""Write a recording as JUnit XML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from junitparser.junitparser import FinalResult

from pipeline.core.console import without_escapes
from pipeline.test.recording.reader import RecordedTest, Recording, Result

_KINDS: dict[str, type[FinalResult]] = {"failed": Failure, "error": Error, "skipped": Skipped}
#: Characters that XML 1.0 cannot contain.
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Maximum length of a text, in characters; readers such as lxml refuse far longer ones.
_LONGEST = 200_000


def write(
    recording: Recording, suite: str, interruption: str, target: Path, left_out: Iterable[str] = ()
) -> None:
    """Write the tests as one suite.

    Args:
        recording: the tests.
        suite: name of the suite.
        interruption: message about the test that never ended; empty if all ended.
        target: the file.
        left_out: tests that should have run and did not.
    """
    result = TestSuite(_clean(suite))
    missing = {name: Error("it was collected but did not run") for name in left_out}
    missing |= {name: Error(_clean(interruption)) for name in recording.running.split(", ") if name}
    tests = {test.name: test for test in recording.tests}
    tests |= {name: RecordedTest(name) for name in missing if name not in tests}
    result.add_testcases([_case(test, missing.get(test.name)) for test in tests.values()])
    xml = JUnitXml()
    xml.add_testsuite(result)
    xml.update_statistics()
    xml.write(str(target), pretty=True)


def split(name: str) -> tuple[str, str]:
    """A test's name as class and method, of Odoo's tests and of pytest's."""
    node, bracket, parameters = name.partition("[")
    if "::" in node:
        group, _, method = node.rpartition("::")
        group = group.removesuffix(".py").replace(".py::", ".").replace("::", ".")
        return group.replace("/", "."), method + bracket + parameters
    group, _, method = name.rpartition(".")
    return group, method


def _case(test: RecordedTest, missing: Error | None) -> TestCase:
    group, method = split(test.name)
    case = TestCase(_clean(method), _clean(group), test.seconds)
    results: list[FinalResult] = [
        _entry(result) for result in test.results if result.outcome in _KINDS
    ]
    case.result = results + ([missing] if missing is not None else [])
    if test.has("failed", "error"):
        # GitLab and Jenkins show the files named like this.
        shown = [*map(str, test.console), *(f"[[ATTACHMENT|{one}]]" for one in test.screenshots)]
        if shown:
            case.system_out = _clean("\n".join(shown))
    return case


def _entry(result: Result) -> FinalResult:
    entry = _KINDS[result.outcome](_clean(f"{result.part} {result.message}".strip()))
    if result.trace:
        entry.text = _clean(result.trace)
    return entry


def _clean(text: str) -> str:
    """A text that XML can contain: without colours, and shortened to its beginning and end."""
    if len(text) > _LONGEST:
        left_out = f"\n[{len(text) - _LONGEST} characters left out]\n"
        text = text[: _LONGEST // 2] + left_out + text[-_LONGEST // 2 :]
    return _IMPOSSIBLE.sub("\ufffd", without_escapes(text))
