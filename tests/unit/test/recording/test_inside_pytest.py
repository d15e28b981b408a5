"""The pytest plugin, given pytest's reports."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pipeline.test.recording.reader import INSIDE, read


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The plugin, imported again as pytest imports it."""
    monkeypatch.syspath_prepend(str(INSIDE))
    monkeypatch.setenv("PIPELINE_EVENTS", str(tmp_path / "events"))
    monkeypatch.setenv("PIPELINE_STACKS", str(tmp_path / "stacks"))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setattr("faulthandler.register", lambda *arguments, **options: None)
    monkeypatch.delitem(sys.modules, "pipeline_pytest", raising=False)
    module = importlib.import_module("pipeline_pytest")
    yield module
    module._stacks.close()
    sys.modules.pop("pipeline_pytest")


def report(**values: Any) -> SimpleNamespace:
    """A report as pytest gives it."""
    base = {"nodeid": "t.py::test_a", "when": "call", "skipped": False, "failed": False}
    return SimpleNamespace(**{**base, "longrepr": None, "longreprtext": "", **values})


def outcomes(tmp_path: Path) -> list[tuple[str, str, str]]:
    """Outcome, part and message of all results."""
    tests = read(tmp_path / "events").tests
    return [(one.outcome, one.part, one.message) for test in tests for one in test.results]


def test_passing_test(plugin: ModuleType, tmp_path: Path) -> None:
    plugin.pytest_runtest_logstart("t.py::test_a", ())
    for when in ("setup", "call", "teardown"):
        plugin.pytest_runtest_logreport(report(when=when))
    assert read(tmp_path / "events").running == "t.py::test_a"
    plugin.pytest_runtest_logfinish("t.py::test_a", ())
    plugin.pytest_sessionfinish(None)
    recording = read(tmp_path / "events")
    assert (recording.running, recording.ended) == ("", True)
    assert outcomes(tmp_path) == [("passed", "", "")]


def test_failing_test_has_message_and_frames(plugin: ModuleType, tmp_path: Path) -> None:
    entry = SimpleNamespace(reprfileloc=SimpleNamespace(path="t.py", lineno=3))
    crash = SimpleNamespace(message="assert 1 == 2", path="t.py", lineno=3)
    trace = SimpleNamespace(reprentries=[entry, SimpleNamespace()])
    longrepr = SimpleNamespace(reprcrash=crash, reprtraceback=trace)
    plugin.pytest_runtest_logreport(report(failed=True, longrepr=longrepr, longreprtext="T"))
    plugin.pytest_runtest_logreport(report(failed=True, when="setup", longrepr=longrepr))
    trace.reprentries = []
    plugin.pytest_runtest_logreport(report(failed=True, longrepr=longrepr))
    assert [one[:2] for one in outcomes(tmp_path)] == [
        ("failed", ""),
        ("error", "setup"),
        ("failed", ""),
    ]
    for result in read(tmp_path / "events").tests[0].results:
        assert result.message == "assert 1 == 2"
        assert result.frames == ((str(Path.cwd() / "t.py"), 3),)


def test_skips_and_expected_failures(plugin: ModuleType, tmp_path: Path) -> None:
    plugin.pytest_runtest_logreport(report(skipped=True, longrepr=("t.py", 1, "Skipped: later")))
    plugin.pytest_runtest_logreport(report(skipped=True, wasxfail="known"))
    plugin.pytest_collectreport(report(skipped=True, longrepr="no display"))
    assert outcomes(tmp_path) == [
        ("skipped", "", "later"),
        ("passed", "", ""),
        ("skipped", "", "no display"),
    ]


def test_file_that_does_not_load(plugin: ModuleType, tmp_path: Path) -> None:
    text = 't.py:1: in <module>\nE     File "/src/t.py", line 2\nE   SyntaxError: bad\n'
    plugin.pytest_collectreport(report(nodeid="t.py", failed=True, longreprtext=text))
    plugin.pytest_collectreport(report(nodeid="u.py", failed=True))
    plugin.pytest_collectreport(report(nodeid="v.py"))
    first, second = read(tmp_path / "events").tests
    assert first.results[0].message == "SyntaxError: bad"
    assert first.results[0].frames[-1] == ("/src/t.py", 2)
    assert second.results[0].message == "it failed"
    assert second.results[0].frames == ((str(Path.cwd() / "u.py"), 0),)


def test_workers_of_xdist_leave_the_reports_to_their_controller(
    plugin: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin._stacks.close()
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    worker = importlib.reload(plugin)
    worker.pytest_runtest_logstart("t.py::test_a", ())
    assert (tmp_path / "events").read_text() == ""
