"""What a step reports: findings, and one result per step, as JSON on disk."""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import dacite

from pipeline.core import files
from pipeline.core.errors import InputError

#: Other JSON files next to the results.
NOT_RESULTS = ("coverage-totals.json", "coverage-baseline.json", "shard.json")


class Status(str, enum.Enum):
    """How a step ended. Only ``PASSED`` and ``SKIPPED`` let the pipeline continue."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"

    @property
    def good(self) -> bool:
        """Whether the pipeline may continue after the step."""
        return self in (Status.PASSED, Status.SKIPPED)


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to fix.

    Attributes:
        path: file, relative to the source, with ``/``; empty when no file is involved.
        line: line in the file, from 1; 0 for the whole file.
        code: short stable name of the rule, such as ``E501`` or ``manifest-cycle``.
        message: what is wrong, one sentence; never contains a secret.
        fix: how to fix it, one sentence; may be empty when the message says it.
        risk: how urgent it is within its step; 0 where all are equal.
    """

    path: str
    line: int
    code: str
    message: str
    fix: str = ""
    risk: int = 0

    @property
    def where(self) -> str:
        """``path:line``, ``path`` or ``-``, on one line whatever the file's name contains."""
        if not self.path:
            return "-"
        path = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in self.path)
        return f"{path}:{self.line}" if self.line else path


def by_risk(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in the order in which they are reported: the riskiest first, then by place."""
    return tuple(sorted(findings, key=lambda finding: (-finding.risk, finding)))


@dataclass(frozen=True)
class StepResult:
    """The outcome of one step.

    Attributes:
        step: name of the step, such as ``lint``.
        status: how it ended.
        summary: one line for the table, such as ``3 add-ons, 42 tests``.
        advice: what to do, one line; empty when there is nothing to do.
        seconds: wall time.
        started: start in seconds since the epoch, to tell a cached result from a new one.
        findings: all findings, sorted.
        notes: what may be wrong; it lets the step pass.
    """

    step: str
    status: Status
    summary: str
    advice: str = ""
    seconds: float = 0.0
    started: float = 0.0
    findings: tuple[Finding, ...] = field(default_factory=tuple)
    notes: tuple[Finding, ...] = field(default_factory=tuple)

    def to_json(self) -> str:
        """Serialize, with sorted keys."""
        return json.dumps(dataclasses.asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str, origin: str = "result") -> StepResult:
        """Parse the output of :meth:`to_json`.

        Args:
            text: the JSON text.
            origin: name of the file, for the error.

        Raises:
            InputError: the text is not a step result.
        """
        try:
            data = json.loads(text)
            if not isinstance(data, dict):
                raise TypeError(f"a {type(data).__name__} instead of an object")
            config = dacite.Config(cast=[Status, tuple, float], strict=True)
            return dacite.from_dict(cls, data, config)
        except (ValueError, TypeError, dacite.DaciteError) as error:
            raise InputError(
                f"{origin} is not a step result: {error}",
                "run the step again with this version of the pipeline",
            ) from error


def write_result(result: StepResult, directory: Path) -> Path:
    """Write ``<directory>/<step>.json`` atomically.

    Raises:
        InputError: the directory cannot be created or written to.
    """
    target = directory / f"{result.step}.json"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        files.write(target, result.to_json(), mode=None)
    except OSError as error:
        raise InputError(
            f"the result cannot be written to {directory}: {error.strerror}",
            "give another --output, a directory that can be written to",
        ) from error
    return target


def read_results(directory: Path) -> tuple[StepResult, ...]:
    """Read every ``<step>.json`` of a directory, sorted by step.

    Raises:
        InputError: a file is not a step result.
    """
    return tuple(
        StepResult.from_json(path.read_text(encoding="utf-8"), path.name)
        for path in sorted(directory.glob("*.json"))
        if path.name not in NOT_RESULTS
    )


@dataclass(frozen=True)
class Check:
    """One line of a `doctor`: a requirement, and whether it is met.

    Attributes:
        name: what was checked.
        found: what is there.
        wanted: what is required.
        good: whether that is enough.
        fix: what to do when it is not.
    """

    name: str
    found: str
    wanted: str
    good: bool
    fix: str = ""


@dataclass(frozen=True)
class Outcome:
    """The findings of a step.

    Attributes:
        summary: one line on what was checked.
        findings: what is wrong; the step fails if there are any.
        advice: what to do about them, one line.
        skipped: there was nothing to do, as the summary explains.
        notes: what may be wrong; the step passes nevertheless.
    """

    summary: str
    findings: tuple[Finding, ...] = field(default_factory=tuple)
    advice: str = ""
    skipped: bool = False
    notes: tuple[Finding, ...] = field(default_factory=tuple)
