"""black, isort and flake8, with the repository's own configuration, as when run by hand."""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from pipeline.core.errors import InputError, ToolError
from pipeline.core.process import Completed, run, tail
from pipeline.core.results import Finding

_NOT_SEARCHED = {"node_modules", "__pycache__", "venv"}


@dataclass(frozen=True)
class Linter:
    """One tool.

    Attributes:
        name: name of its package and of its command.
        arguments: its command-line arguments; it runs in the root of the repository.
        parse: turns its output (for flake8, the file it writes) into findings; their
            paths are as the tool prints them.
    """

    name: str
    arguments: tuple[str, ...]
    parse: Callable[[str], Iterator[Finding]]

    def by_hand(self) -> str:
        """The command that a person would type for the same verdict."""
        return " ".join((self.name, *self.arguments))


# Each report begins with fixed words at the start of a line, and file names may contain
# anything, even line breaks: the output is split before those words.
_BLACK_PART = re.compile(
    r"^(?=would reformat |error: cannot |Oh no! |All done! |\d+ files? )", re.M
)
_BLACK_ERROR = re.compile(r"error: cannot (?:parse|format)(?: for \S+)?:? (.*)", re.S)
_ISORT_PART = re.compile(r"^(?=ERROR: )", re.M)
_ISORT_END = " Imports are incorrectly sorted and/or formatted."
#: Separators of records and fields that no path contains by accident.
_RECORD, _FIELD = "\x1e", "\x1f"
_FLAKE8_FORMAT = _RECORD + _FIELD.join(("%(path)s", "%(row)d", "%(code)s", "%(text)s"))


def parse_black(text: str) -> Iterator[Finding]:
    """Yield one finding for each file that black would change or cannot read."""
    for part in _BLACK_PART.split(text):
        part = part.strip()
        if part.startswith("would reformat "):
            path = part.removeprefix("would reformat ")
            fix = f"black {shlex.quote(path)}"
            yield Finding(path, 0, "black", "black would change this file", f"run `{fix}`")
        elif match := _BLACK_ERROR.match(part):
            yield _black_error(match[1])


def _black_error(said: str) -> Finding:
    first = said.splitlines()[0]
    if place := re.fullmatch(r"(.*\.pyi?):(\d+):\d+", first):  # the lines below show the place
        reason = said.splitlines()[-1].strip()
        return _black_cannot(place[1], int(place[2]), reason)
    path, _, reason = said.partition(": ")
    place = re.search(r": (\d+):\d+:", reason)
    return _black_cannot(path, int(place[1]) if place else 0, reason.splitlines()[0])


def _black_cannot(path: str, line: int, reason: str) -> Finding:
    return Finding(
        path, line, "black-error", f"black cannot format this file: {reason}", "fix the code"
    )


def parse_isort(text: str) -> Iterator[Finding]:
    """Yield one finding for each file whose imports isort would sort."""
    for part in _ISORT_PART.split(text):
        path, end, _ = part.removeprefix("ERROR: ").partition(_ISORT_END)
        if end:
            yield Finding(
                path,
                0,
                "isort",
                "isort would sort the imports of this file",
                f"run `isort {shlex.quote(path)}`",
            )


def parse_flake8(text: str) -> Iterator[Finding]:
    """Yield flake8's messages, written in the format that :data:`_FLAKE8_FORMAT` asks for."""
    for record in text.split(_RECORD)[1:]:
        path, row, code, message = record.split(_FIELD, 3)
        yield Finding(path, int(row), code, message.splitlines()[0])


LINTERS = (
    Linter("black", ("--check", "."), parse_black),
    Linter("isort", ("--check-only", "."), parse_isort),
    Linter("flake8", (), parse_flake8),
)


def python_files(root: Path) -> int:
    """How many Python files there are, outside hidden folders and environments."""
    count = 0
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in _NOT_SEARCHED and name[0] != "."]
        count += sum(name.endswith((".py", ".pyi")) for name in files)
    return count


def versions() -> str:
    """The tools' versions, for the summary.

    Raises:
        ToolError: one of them is not installed.
    """
    try:
        return ", ".join(f"{tool.name} {metadata.version(tool.name)}" for tool in LINTERS)
    except metadata.PackageNotFoundError as error:
        raise ToolError(
            f"the linter {error.name} is not installed in the pipeline's environment",
            "install scripts/requirements/dev.lock, or run the step through Dagger",
        ) from error


def lint(root: Path) -> tuple[Finding, ...]:
    """Run all linters at once, each to its end, and collect their findings.

    Raises:
        InputError: the root is not a directory.
    """
    root = root.resolve()
    if not root.is_dir():
        raise InputError(f"the source {root} is not a directory", "check --source")
    with ThreadPoolExecutor(len(LINTERS)) as pool:
        found = pool.map(lambda linter: run_linter(linter, root), LINTERS)
        return tuple(sorted(finding for findings in found for finding in findings))


def run_linter(linter: Linter, root: Path) -> tuple[Finding, ...]:
    """Run one linter; its exit code is the verdict, its output has the findings."""
    with tempfile.TemporaryDirectory(prefix="lint-") as folder:
        written = Path(folder, "report")
        own: tuple[str, ...] = ()
        if linter.name == "flake8":  # the source's configuration may set each of these
            own = (f"--format={_FLAKE8_FORMAT}", f"--output-file={written}", "--color=never")
        # -I: nothing in the source may shadow a module of the tool's.
        argv = (sys.executable, "-I", "-m", linter.name, *own, *linter.arguments)
        # No user configuration where black would look for it.
        done = run(argv, cwd=root, env={"XDG_CONFIG_HOME": folder}, ok=range(256))
        report = written.read_text("utf-8", "replace") if written.exists() else ""
    return judge(linter, root, done, report)


def judge(linter: Linter, root: Path, done: Completed, report: str = "") -> tuple[Finding, ...]:
    """The findings of a finished linter; none only when its exit code means success.

    Raises:
        ToolError: it crashed, or its output cannot be understood.
    """
    if not done.code:
        return ()
    found = linter.parse(report or f"{done.stdout}\n{done.stderr}")
    findings = tuple(_below(root, finding) for finding in found)
    if findings:
        return findings
    return (
        Finding(
            "",
            0,
            f"{linter.name}-failed",
            f"{linter.name} ended with exit code {done.code} without naming a file:\n"
            f"{tail(done.stderr or done.stdout)}",
            f"run `{linter.by_hand()}` by hand; its configuration may be broken",
        ),
    )


def _below(root: Path, finding: Finding) -> Finding:
    path = Path(os.path.relpath(root / finding.path, root)).as_posix()
    fix = finding.fix.replace(shlex.quote(finding.path), shlex.quote(path))
    return Finding(path, finding.line, finding.code, finding.message, fix)
