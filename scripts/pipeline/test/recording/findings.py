"""Findings from a recording. Pure: recordings in, findings out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pipeline.core.process import tail
from pipeline.core.results import Finding
from pipeline.core.wording import counted, some_of
from pipeline.test.recording.reader import Places, RecordedTest, Recording, stacks

_SHOWN = 5  # names in one message
_LONGEST = 500  # characters of a message; the whole is in the log and the JUnit file


@dataclass(frozen=True)
class Process:
    """The process that ran the tests, and how it ended.

    Attributes:
        program: its name in messages.
        code: exit code; negative: killed by that signal.
        timed_out: it was killed at its time limit.
        time_limit: that limit, in seconds.
        limit_key: the setting that holds it.
        output: what it printed.
        stacks: what faulthandler wrote; may be empty.
    """

    program: str
    code: int
    timed_out: bool
    time_limit: int
    limit_key: str
    output: str = ""
    stacks: str = ""


def failures(recording: Recording, places: Places, default: str = "") -> list[Finding]:
    """Failed tests, with the place in the project's code that the traceback leads to.

    Args:
        recording: the tests.
        places: which files are the project's.
        default: what to report for a test of which no code of the project is in the traceback.
    """
    found = []
    for test in recording.tests:
        for result in test.results:
            if result.outcome in ("failed", "error"):
                path, line = places.deepest(result.frames)
                name = f"{test.name} {result.part}".strip()
                code = "test-failed" if result.outcome == "failed" else "test-error"
                found.append(
                    Finding(path or default, line, code, f"{name}: {shorten(result.message)}")
                )
    return found


def unlisted_skips(
    recording: Recording, allowed: Collection[str], key: str, default: str = ""
) -> list[Finding]:
    """Findings about skipped tests that the settings do not list.

    Args:
        recording: the tests.
        allowed: names of tests, or of what contains them (a class, a file).
        key: the setting that lists them.
        default: the file to report if the test's name does not contain it.
    """
    return [
        Finding(
            test.name.partition("::")[0] if ".py" in test.name else default,
            0,
            "test-skipped",
            f"{test.name} was skipped: {shorten(result.message) or 'no reason given'}",
            f"make it run, or list it in pipeline.toml ({key})",
        )
        for test in recording.tests
        for result in test.results
        if result.outcome == "skipped" and not _listed(test.name, allowed)
    ]


def missing(recording: Recording, allowed: Collection[str]) -> tuple[str, ...]:
    """Tests that were collected and did not run, except those that may be left out."""
    return tuple(name for name in recording.not_run if not _listed(name, allowed))


def not_run(names: Iterable[str], key: str, folder: str = "") -> list[Finding]:
    """A finding for each file with tests that should have run.

    Args:
        names: see :func:`missing`.
        key: the setting that lists what may be left out.
        folder: the add-on's, for names such as ``addon.tests.module.Class.method``.
    """
    by_file: dict[str, list[str]] = {}
    for name in names:
        by_file.setdefault(_file_of(name, folder), []).append(name)
    return [
        Finding(
            path,
            0,
            "test-not-run",
            f"{counted(len(names), 'test')} that should run did not: {some_of(names, _SHOWN)}",
            "remove what excludes it (an option, a tag, a hook, an early end), or list it in "
            f"pipeline.toml ({key})",
        )
        for path, names in by_file.items()
    ]


def interruption(recording: Recording, process: Process, places: Places) -> Finding | None:
    """The finding that the tests hung or crashed, and in which line; None if they ended."""
    if not process.timed_out and recording.ended:
        return None
    path, line = _place(process.stacks, places)
    during = f" while it ran {recording.running}" if recording.running else ""
    last_lines = f"; its last lines:\n{tail(process.output, 12)}"
    where = f", in {path} line {line}" if path else last_lines
    if not path and "::" in recording.running:  # the stacks of pytest-xdist's workers are not here
        path = recording.running.partition("::")[0]
    if process.timed_out:
        return Finding(
            path,
            line,
            "test-hang",
            f"{process.program} did not end within {process.time_limit} s{during}{where}",
            f"find out what it is waiting for, or raise {process.limit_key} in pipeline.toml",
        )
    advice = "read its log; a test must not end the process"
    if process.code == -9:
        advice = "it was killed from outside: was there enough memory? Read its log"
    return Finding(
        path,
        line,
        "test-crash",
        f"{process.program} {describe_exit(process.code)} before the end{during}{last_lines}",
        advice,
    )


def describe_exit(code: int) -> str:
    """An exit code in words."""
    return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"


def summary(recording: Recording) -> str:
    """How many tests there were, and their outcomes, in one line."""
    counts = {
        "failed": sum(test.has("failed", "error") for test in recording.tests),
        "skipped": sum(test.has("skipped") for test in recording.tests),
    }
    ran = sum(is_test(test) for test in recording.tests)
    parts = [counted(ran, "test")]
    return ", ".join(parts + [f"{count} {word}" for word, count in counts.items() if count])


def is_test(test: RecordedTest) -> bool:
    """Whether it is a test, not the set-up of a class or a file that does not load."""
    return "::" in test.name or test.name.rpartition(".")[2].startswith("test")


def shorten(message: str) -> str:
    """A message on one line, of limited length."""
    line = " ".join(message.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _file_of(name: str, folder: str) -> str:
    if "::" in name:
        return name.partition("::")[0]
    return "/".join([folder, *name.split(".")[1:-2]]) + ".py"


def _listed(name: str, allowed: Collection[str]) -> bool:
    return any(
        name == entry or name.startswith((f"{entry}.", f"{entry}::", f"{entry}[", f"{entry}/"))
        for entry in allowed
    )


def _place(written: str, places: Places) -> tuple[str, int]:
    """Where the project's code was: in the main thread, which faulthandler writes last."""
    for thread in reversed(stacks(written)):
        path, line = places.deepest(thread)
        if path:
            return path, line
    return "", 0
