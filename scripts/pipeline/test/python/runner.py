"""Run the tests outside Odoo with pytest, measure coverage, and report the outcome."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from pipeline.core.errors import InputError, ToolError
from pipeline.core.process import PROJECT, run, run_logged, tail
from pipeline.core.results import Finding, Outcome
from pipeline.core.settings import PythonSettings, Settings
from pipeline.test.coverage.scope import PYTHON
from pipeline.test.python import expected
from pipeline.test.recording import findings as reports
from pipeline.test.recording import junit, reader
from pipeline.test.recording.inside.pipeline_recording import STACKS_SIGNAL
from pipeline.test.recording.measuring import UNMEASURED, configuration
from pipeline.test.recording.reader import Places
from pipeline.test.suites import settings_of

#: pytest's exit codes.
_OK, _FAILED, _INTERRUPTED, _INTERNAL, _USAGE, _NONE = range(6)


def test_python(root: Path, settings: Settings, output: Path, suite: str = "") -> Outcome:
    """Run pytest over the settings' paths, or over those of a suite.

    Args:
        root: the source, or the part of it that the suite reads.
        settings: its settings.
        output: gets log-python.txt, junit-python.xml and coverage-python; those of a suite are
            named log-python-<suite>.txt and so on.
        suite: name of the suite; empty: all tests.

    Raises:
        InputError: a path or the suite does not exist, or there is no test in any of the paths.
        ToolError: pytest is missing or does not start.
    """
    python, root = settings.python, root.resolve()
    if suite:
        python = settings_of(python, suite)
        # A package that the suite does not read is not measured by it.
        packages = tuple(one for one in python.packages if (root / one).exists())
        python = replace(python, packages=packages)
    if not python.paths:
        return Outcome("no [python] paths in pipeline.toml", skipped=True)
    for path in (*python.paths, *python.packages):
        if not (root / path).exists():
            raise InputError(
                f"{path} of pipeline.toml does not exist", "fix [python] paths and packages"
            )
    if python.workers > 1 and find_spec("xdist") is None:
        raise InputError(
            f"[python] workers is {python.workers}, but pytest-xdist is not installed",
            "add it to a file of [python] requirements, or remove workers",
        )
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="test-python-") as place:
        unit = f"{PYTHON}-{suite}" if suite else PYTHON
        return _run(root, python, output.resolve(), Path(place), unit)


def _run(root: Path, python: PythonSettings, output: Path, work: Path, unit: str) -> Outcome:
    measured = work / "coverage.ini"
    sources = [root / package for package in python.packages]
    measured.write_text(
        configuration(work / "coverage", sources, subprocesses=True), encoding="utf-8"
    )
    log, events, stacks = output / f"log-{unit}.txt", work / "events.jsonl", work / "stacks.txt"
    log.unlink(missing_ok=True)
    inherited = os.environ.get("PYTHONPATH")
    logged = run_logged(
        pytest_command(python, measured),
        log=log,
        timeout=python.time_limit,
        last_words=STACKS_SIGNAL,
        cwd=root,
        surroundings=PROJECT,
        env={
            "PIPELINE_EVENTS": str(events),
            "PIPELINE_STACKS": str(stacks),
            "PYTHONPATH": os.pathsep.join([str(reader.INSIDE), *filter(None, [inherited])]),
        },
    )
    printed = log.read_text(encoding="utf-8", errors="replace")
    record = reader.read(events)
    if logged.code == _NONE or (record.ended and not record.collected and not record.tests):
        raise InputError(
            f"pytest found no tests in {', '.join(python.paths)}:\n{tail(printed, 12)}",
            "fix [python] paths or markers in pipeline.toml, or add tests",
        )
    if not events.exists() or logged.code in (_INTERNAL, _USAGE):
        raise ToolError(
            f"pytest {reports.describe_exit(logged.code)}:\n{tail(printed)}", "read the lines above"
        )
    key = "[python] time_limit"
    process = reports.Process(
        "pytest",
        logged.code,
        logged.timed_out,
        python.time_limit,
        key,
        printed,
        stacks.read_text(encoding="utf-8") if stacks.exists() else "",
    )
    places = Places({str(root): ""})
    broken = reports.interruption(record, process, places)
    found = [*([broken] if broken else []), *reports.failures(record, places)]
    found += reports.unlisted_skips(record, python.allowed_skips, "[python] allowed_skips")
    left_out = reports.missing(record, python.allowed_skips)
    if broken is None:
        found += reports.not_run(left_out, "[python] allowed_skips")
        known = {test.name.partition("::")[0] for test in record.tests} | {*record.files}
        found += expected.not_collected(root, python.paths, known, python.allowed_skips)
    if logged.code != _OK and not found:  # a plugin's own verdict, such as a coverage limit
        found.append(
            Finding(
                "", 0, "pytest", f"pytest {reports.describe_exit(logged.code)}:\n{tail(printed)}"
            )
        )
    said = broken.message if broken else ""
    junit.write(record, unit, said, output / f"junit-{unit}.xml", left_out)
    _combine(root, measured, work, output / f"coverage-{unit}")
    return Outcome(
        reports.summary(record), tuple(found), f"fix the tests; pytest's output is in {log.name}"
    )


def pytest_command(python: PythonSettings, coverage: Path) -> tuple[str, ...]:
    """The arguments of the test run.

    Args:
        python: the settings.
        coverage: configuration file of coverage.
    """
    measured = ("-m", "coverage", "run", f"--rcfile={coverage}") if python.packages else ()
    tests = ("-m", "pytest", "--rootdir=.", "-p", "pipeline_pytest", "-m", python.markers)
    # `--cov` in a project's own options would measure in place of the pipeline
    alone = ("--no-cov",) if find_spec("pytest_cov") else ()
    # A test that kills its worker would also kill the next one.
    sharing = ("-n", str(python.workers), "--dist=loadfile", "--max-worker-restart=0")
    shared = sharing if python.workers > 1 else ()
    command = (sys.executable, *measured, *tests, *alone, *shared, *python.paths)
    # This process may itself be a worker of pytest-xdist, or have options for pytest set.
    return (*UNMEASURED, "--unset=PYTEST_XDIST_WORKER", "--unset=PYTEST_ADDOPTS", *command)


def _combine(root: Path, measured: Path, work: Path, target: Path) -> None:
    """Make one file from those of all processes. After a crash there may be none."""
    target.unlink(missing_ok=True)
    if any(work.glob("coverage.*.*")):
        command = (sys.executable, "-m", "coverage", "combine", f"--rcfile={measured}", "-q")
        run((*UNMEASURED, *command), cwd=root)
        shutil.copyfile(work / "coverage", target)
