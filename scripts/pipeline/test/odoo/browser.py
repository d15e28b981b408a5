"""How tests that failed in a browser are told, and the screenshots that Odoo took."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.test.recording.reader import Printed, RecordedTest, Recording

#: What Odoo puts before the message of the browser, and what it prints of a tour's steps.
_CALL = re.compile(
    r"^AssertionError: (?:The test code \".*?\" failed|Some js test failed)\n\n", re.S
)
_STEP = re.compile(r"\[\d+/\d+\] Tour ")
_AFTERWARDS = "Error received after termination"
#: Characters of one entry of the console.
_LONGEST = 200
#: Lines of a stack in JavaScript, which consist of addresses in minified files.
_STACK = re.compile(r"\n\s+at .*")


def explained(recording: Recording, unit: str, allowed: Sequence[str] = ()) -> Recording:
    """A recording in which failures in the browser are told as their reader needs them.

    The message begins with what failed: a tour's step. Then come the step that it was at, if it did
    not get to say so, the screenshots as they are named in the results, and the console's errors,
    except those that are allowed.
    """
    tests = tuple(_explained(test, unit, allowed) for test in recording.tests)
    return replace(recording, tests=tests)


def copy_screenshots(folder: Path, unit: str, output: Path) -> None:
    """Copy all screenshots that Odoo took into the directory of results."""
    for path in sorted(folder.glob("**/*.png")):
        shutil.copyfile(path, output / _name(unit, path.name))


def _explained(test: RecordedTest, unit: str, allowed: Sequence[str]) -> RecordedTest:
    if not test.console and not test.screenshots:
        return test
    names = tuple(_name(unit, path) for path in test.screenshots)
    counted = [
        one for one in test.console if not any(re.search(part, one.message) for part in allowed)
    ]
    results = tuple(
        (
            replace(result, message=_message(result.message, counted, names))
            if result.outcome in ("failed", "error")
            else result
        )
        for result in test.results
    )
    return replace(test, results=results, screenshots=names)


def _message(text: str, console: Sequence[Printed], names: Sequence[str]) -> str:
    said = _STACK.sub("", _CALL.sub("", text)).strip()
    before = [one for one in console if not one.message.startswith(_AFTERWARDS)]
    parts = [said]
    steps = [one.message for one in before if _STEP.match(one.message)]
    if steps and "FAILED: [" not in said:
        parts.append(f"it was at {steps[-1].strip()}")
    parts += [f"see {name}" for name in names]
    odd = ((one.level, _line(one.message)) for one in before if one.level != "INFO")
    known = _line(said)
    parts += [f"console: {level}: {line[:_LONGEST]}" for level, line in odd if line not in known]
    return "; ".join(parts)


def _line(text: str) -> str:
    return " ".join(_STACK.sub("", text).split())


def _name(unit: str, path: str) -> str:
    """The name in the results of a screenshot that Odoo took."""
    return f"screenshot-{unit}-{Path(path).name}"
