"""Read what a test process wrote (``inside/pipeline_recording.py`` writes it)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

#: The folder that test processes need on their path.
INSIDE = Path(__file__).parent / "inside"

Frame = tuple[str, int]
#: What the console printed that is kept of a test.
_MOST_LINES = 100


@dataclass(frozen=True)
class Result:
    """The outcome of a test or of a part of it.

    Attributes:
        outcome: ``passed``, ``failed``, ``error`` or ``skipped``.
        message: the exception's, or the reason of a skip.
        part: the subtest, or the phase (``setup``); empty for the test itself.
        trace: the whole traceback.
        frames: files and lines of the traceback, outermost first.
    """

    outcome: str
    message: str = ""
    part: str = ""
    trace: str = ""
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True)
class Printed:
    """What the console of a browser printed.

    Attributes:
        level: ``INFO``, ``WARNING`` or ``ERROR``.
        message: the text.
    """

    level: str
    message: str

    def __str__(self) -> str:
        return self.message if self.level == "INFO" else f"{self.level}: {self.message}"


@dataclass(frozen=True)
class RecordedTest:
    """One test.

    Attributes:
        name: ``addon.tests.module.Class.method``, or a pytest node id.
        results: its outcomes; empty if it never ended.
        seconds: how long it took.
        console: what the browser's console printed last.
        screenshots: files with the browser's screenshots.
    """

    name: str
    results: tuple[Result, ...] = ()
    seconds: float = 0.0
    console: tuple[Printed, ...] = ()
    screenshots: tuple[str, ...] = ()

    def has(self, *outcomes: str) -> bool:
        """Whether any of its results has one of these outcomes."""
        return any(result.outcome in outcomes for result in self.results)


@dataclass(frozen=True)
class LogEntry:
    """A warning or an error in the log.

    Attributes:
        level: ``WARNING``, ``ERROR`` or ``CRITICAL``.
        logger: name of the logger.
        message: its text, with the exception when there is one.
        trace: traceback of the exception.
        frames: files and lines of the exception or of the code that logged, outermost first.
        module: the module of Odoo that was being installed; empty when none was.
    """

    level: str
    logger: str
    message: str
    trace: str = ""
    frames: tuple[Frame, ...] = ()
    module: str = ""


@dataclass(frozen=True)
class Recording:
    """All that is known of a test process.

    Attributes:
        tests: in the order in which they began.
        log: warnings and worse.
        running: the tests that began and never ended, separated by commas; may be empty.
        ended: whether the process reached its regular end.
        modules: test modules that were imported.
        collected: tests that should have run, as the process itself lists them.
        files: files in which it found tests.
    """

    tests: tuple[RecordedTest, ...] = ()
    log: tuple[LogEntry, ...] = ()
    running: str = ""
    ended: bool = False
    modules: tuple[str, ...] = ()
    collected: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def not_run(self) -> tuple[str, ...]:
        """Collected tests without a result of their own, of their class or of their module.

        Those that began and never ended are left out: they ran.
        """
        reported = {test.name for test in self.tests if test.results}
        reported.update(self.running.split(", "))
        return tuple(
            name
            for name in self.collected
            if name not in reported
            and f"{name.rpartition('.')[0]}.setUpClass" not in reported
            and f"{name.rpartition('.')[0].rpartition('.')[0]}.setUpModule" not in reported
        )


@dataclass(frozen=True)
class Places:
    """Which files are the project's.

    Attributes:
        folders: absolute folders, and their paths relative to the source.
    """

    folders: Mapping[str, str]

    def relative(self, path: str) -> str | None:
        """A file's path relative to the source; None when it is not the project's."""
        if "site-packages" in path or "dist-packages" in path:
            return None
        for folder, place in self.folders.items():
            if path.startswith(f"{folder}/"):
                return (PurePosixPath(place) / path[len(folder) + 1 :]).as_posix()
        return None

    def deepest(self, frames: Iterable[Frame]) -> Frame:
        """The innermost frame in a file of the project; ``("", 0)`` when there is none."""
        found = ("", 0)
        for path, line in frames:
            relative = self.relative(path)
            if relative is not None:
                found = (relative, line)
        return found


def read(path: Path) -> Recording:
    """Read a file of events; a missing one is an empty recording."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return parse(text.splitlines())


def parse(lines: Iterable[str]) -> Recording:
    """Combine events. A last line that was cut off by a crash is left out."""
    tests: dict[str, RecordedTest] = {}
    log: list[LogEntry] = []
    running: dict[str, None] = {}
    collected: dict[str, None] = {}
    files: dict[str, None] = {}
    ended, modules = False, ()
    for line in lines:
        try:
            event: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        kind, name = event.pop("event"), event.pop("test", "")
        frames = tuple((str(path), int(number)) for path, number in event.pop("frames", ()))
        test = tests.get(name, RecordedTest(name))
        if kind == "start":
            running[name], tests[name] = None, test
        elif kind == "result":
            tests[name] = replace(test, results=(*test.results, Result(**event, frames=frames)))
        elif kind == "stop":
            running.pop(name, None)
            tests[name] = replace(test, seconds=event["seconds"])
        elif kind == "console":
            console = (*test.console, Printed(**event))[-_MOST_LINES:]
            tests[name] = replace(test, console=console)
        elif kind == "screenshot":
            tests[name] = replace(test, screenshots=(*test.screenshots, event["path"]))
        elif kind == "log":
            log.append(LogEntry(**event, frames=frames))
        elif kind == "collected":  # by each worker
            collected.update(dict.fromkeys(event["tests"]))
            files.update(dict.fromkeys(event["files"]))
        else:
            ended, modules = True, tuple(event["modules"])
    return Recording(
        tuple(tests.values()),
        tuple(log),
        ", ".join(running),
        ended,
        modules,
        tuple(collected),
        tuple(files),
    )


def stacks(text: str) -> tuple[tuple[Frame, ...], ...]:
    """The threads' stacks that faulthandler wrote, each outermost first."""
    found: list[tuple[Frame, ...]] = []
    for block in re.split(r"^(?:Current t|T)hread .*$", text, flags=re.MULTILINE)[1:]:
        frames = re.findall(r'^  File "(.+)", line (\d+) in ', block, flags=re.MULTILINE)
        found.append(tuple((path, int(line)) for path, line in reversed(frames)))
    return tuple(found)
