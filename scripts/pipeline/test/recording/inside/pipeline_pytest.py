"""A pytest plugin that records tests: ``-p pipeline_pytest``.

The variables ``PIPELINE_EVENTS`` and ``PIPELINE_STACKS`` name the files that get events and stacks.

What is collected is recorded separately from what is reported, so that a test that did not run is
noticed, whatever kept it from running: options, hooks or an early end.
"""

from __future__ import annotations

import faulthandler
import os
import re
from typing import Any

import pytest
from _pytest.mark.expression import Expression
from pipeline_recording import STACKS_SIGNAL, Frames, Recorder

# With pytest-xdist the controller reports everything; its workers would repeat it.
_of_worker = "PYTEST_XDIST_WORKER" in os.environ
_recorder = Recorder(os.devnull if _of_worker else os.environ["PIPELINE_EVENTS"])
_stacks = open(os.devnull if _of_worker else os.environ["PIPELINE_STACKS"], "wb", buffering=0)
faulthandler.register(STACKS_SIGNAL, _stacks, all_threads=True)
# Collection and calls are the worker's, which the controller does not see.
_own = Recorder(os.environ["PIPELINE_EVENTS"]) if _of_worker else _recorder
_found: list[Any] = []
_raised: dict[tuple[str, str], tuple[str, Frames]] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Everything that was found, before anything is deselected."""
    _found[:] = items


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: Any) -> None:
    """Record what has to run: everything found except what the pipeline's markers leave out."""
    kept = {item.nodeid: None for item in session.items}
    kept |= {item.nodeid: None for item in _found if _wanted(item)}
    files = {item.nodeid.partition("::")[0]: None for item in (*_found, *session.items)}
    _own.emit("collected", tests=list(kept), files=list(files))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: Any, call: Any) -> None:
    """Remember the exception: a later plugin may report something else."""
    if call.excinfo is not None:
        frames: Frames = [[str(one.path), one.lineno + 1] for one in call.excinfo.traceback]
        _raised[item.nodeid, call.when] = call.excinfo.exconly(), frames


def pytest_runtest_logstart(nodeid: str, location: Any) -> None:
    """A test begins."""
    _recorder.start(nodeid)


def pytest_runtest_logfinish(nodeid: str, location: Any) -> None:
    """A test has ended."""
    _recorder.stop(nodeid)


def pytest_runtest_logreport(report: Any) -> None:
    """Set-up, call or tear-down of a test gave a result."""
    raised, frames = _raised.pop((report.nodeid, report.when), ("", []))
    if raised and report.passed and not hasattr(report, "wasxfail"):
        message = f"a plugin reported it as passed, although it raised {raised}"
        _own.result(report.nodeid, "failed", message, frames=frames)
    if report.skipped:
        expected = getattr(report, "wasxfail", None)
        if expected is None:
            _recorder.result(report.nodeid, "skipped", _reason(report.longrepr))
        else:  # a failure that the test itself declares as expected
            _recorder.result(report.nodeid, "passed")
    elif report.failed:
        outcome = "failed" if report.when == "call" else "error"
        part = report.when if report.when in ("setup", "teardown") else ""
        _failure(report, outcome, part)
    elif report.when == "call":
        _recorder.result(report.nodeid, "passed")


def pytest_collectreport(report: Any) -> None:
    """A file cannot be collected, or skips itself."""
    if report.failed:
        _failure(report, "error", "")
    elif report.skipped:
        _recorder.result(report.nodeid, "skipped", _reason(report.longrepr))


def pytest_sessionfinish(session: Any) -> None:
    """All tests are over."""
    _recorder.emit("end", modules=[])


def _wanted(item: Any) -> bool:
    """Whether the marker expression, set by the pipeline, selects a test."""

    def has(name: str, /, **values: object) -> bool:
        return any(
            all(mark.kwargs.get(key) == value for key, value in values.items())
            for mark in item.iter_markers(name=name)
        )

    expression = item.config.option.markexpr
    return not expression or Expression.compile(expression).evaluate(has)


def _failure(report: Any, outcome: str, part: str) -> None:
    trace = report.longreprtext
    message, frames = _locate(report.longrepr)
    if not frames:  # a file that does not load comes as text
        places = re.findall(r"^(\S.*\.py):(\d+): ", trace, flags=re.MULTILINE)
        places += re.findall(r'^E +File "(.+)", line (\d+)$', trace, flags=re.MULTILINE)
        places.insert(0, (report.nodeid.partition("::")[0], 0))
        frames = [[os.path.abspath(path), int(line)] for path, line in places]
    message = message or (trace.strip().splitlines() or ["it failed"])[-1].removeprefix("E").strip()
    _recorder.result(report.nodeid, outcome, message, part=part, trace=trace, frames=frames)


def _locate(representation: Any) -> tuple[str, Frames]:
    """The message and the frames of a failure, outermost first."""
    crash = getattr(representation, "reprcrash", None)
    frames: Frames = []
    for entry in getattr(getattr(representation, "reprtraceback", None), "reprentries", []):
        place = getattr(entry, "reprfileloc", None)
        if place is not None:
            frames.append([os.path.abspath(place.path), place.lineno])
    if crash is not None and not frames:
        frames.append([os.path.abspath(crash.path), crash.lineno])
    return (crash.message.strip() if crash is not None else ""), frames


def _reason(representation: Any) -> str:
    """Why a test is skipped: pytest gives a file, a line and the reason."""
    reason = representation[2] if isinstance(representation, tuple) else str(representation)
    return str(reason).removeprefix("Skipped: ")
