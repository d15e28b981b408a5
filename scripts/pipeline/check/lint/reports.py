"""What black, isort, flake8 and ruff print, turned into findings."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

from pipeline.core.results import Finding

# Each report begins with words of the tool's at the start of a line, and file names may hold
# anything, line breaks too: the output is cut before those words.
_BLACK_PART = re.compile(
    r"^(?=would reformat |error: cannot |Oh no! |All done! |\d+ files? )", re.M
)
_BLACK_ERROR = re.compile(r"error: cannot (?:parse|format)(?: for \S+)?:? (.*)", re.S)
_ISORT_PART = re.compile(r"^(?=ERROR: )", re.M)
_ISORT_END = " Imports are incorrectly sorted and/or formatted."
#: Separators of records and fields that no path contains by accident.
_RECORD, _FIELD = "\x1e", "\x1f"
FLAKE8_FORMAT = _RECORD + _FIELD.join(("%(path)s", "%(row)d", "%(code)s", "%(text)s"))


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
    """Yield flake8's messages, written in the format that :data:`FLAKE8_FORMAT` asks for."""
    for record in text.split(_RECORD)[1:]:
        path, row, code, message = record.split(_FIELD, 3)
        yield Finding(path, int(row), code, message.splitlines()[0])


def parse_ruff(text: str) -> Iterator[Finding]:
    """Yield the messages of ``ruff check``, in ruff's JSON."""
    for message in json_list(text):
        fix = "run `ruff check --fix`" if message.get("fix") else ""
        line = message["location"]["row"]
        code = message["code"] or "invalid-syntax"
        yield Finding(message["filename"], line, code, message["message"].splitlines()[0], fix)


_RUFF_PART = re.compile(r"^(?=Would reformat: |error: |\d+ files? )", re.M)
_RUFF_ERROR = re.compile(r"error: Failed to (?:parse|format|read) (.*?)(?::(\d+):\d+)?: (.*)", re.S)


def parse_ruff_format(text: str) -> Iterator[Finding]:
    """Yield the files that ``ruff format`` would change or cannot read.

    Newer versions report them in JSON, older ones, before 0.13, in words.
    """
    for message in json_list(text):
        if message["code"] == "unformatted":
            yield _unformatted(message["filename"])
        else:
            line, said = message["location"]["row"], message["message"].splitlines()[0]
            yield _ruff_cannot(message["filename"], line, said)
    for part in _RUFF_PART.split(text):
        part = part.strip()
        if part.startswith("Would reformat: "):
            yield _unformatted(part.removeprefix("Would reformat: "))
        elif match := _RUFF_ERROR.match(part):
            yield _ruff_cannot(match[1], int(match[2] or 0), match[3].splitlines()[0])


def _unformatted(path: str) -> Finding:
    fix = f"run `ruff format {shlex.quote(path)}`"
    return Finding(path, 0, "ruff-format", "ruff would reformat this file", fix)


def _ruff_cannot(path: str, line: int, said: str) -> Finding:
    words = f"ruff cannot format this file: {said}"
    return Finding(path, line, "ruff-format-error", words, "fix the code")


def json_list(text: str) -> list[dict[str, Any]]:
    """The first JSON list in a program's output; other lines may come before and after it."""
    for start in re.finditer(r"^\[", text, re.M):
        try:
            found = json.JSONDecoder().raw_decode(text, start.start())[0]
        except json.JSONDecodeError:
            continue
        return [one for one in found if isinstance(one, dict)]
    return []
