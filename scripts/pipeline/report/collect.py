"""The results of all steps, in a sensible order, including those that are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.core.results import NOT_RESULTS, Status, StepResult
from pipeline.core.wording import counted

_ORDER = ("plan", "lint", "manifests", "gitignore", "secrets", "modules", "test-python")
_AFTER_TESTS = ("coverage", "build", "smoke")
#: Seconds by which the clocks of two containers may differ.
_CLOCKS = 5.0


@dataclass(frozen=True)
class PipelineRun:
    """One run of the pipeline.

    Attributes:
        steps: the results, in order.
        wall: duration of the whole run in seconds; None when unknown.
        ended: end in seconds since the epoch, as far as known.
    """

    steps: tuple[StepResult, ...]
    wall: float | None
    ended: float

    @property
    def bad(self) -> tuple[StepResult, ...]:
        """The steps that stop the pipeline."""
        return tuple(step for step in self.steps if not step.status.good)

    @property
    def cached_before(self) -> float:
        """A step that started before this time was not run again; 0 when that is not known."""
        return 0.0 if self.wall is None else self.ended - self.wall - _CLOCKS

    def was_cached(self, step: StepResult) -> bool:
        """Whether a step's result came from an earlier run."""
        return 0 < step.started < self.cached_before

    @property
    def verdict(self) -> str:
        """One line: passed or failed, how many steps, which, and how long it took."""
        count = counted(len(self.steps), "step")
        took = "" if self.wall is None else f" in {self.wall:.1f} s"
        if not self.bad:
            return f"PASSED: {count}{took}"
        names = ", ".join(step.step for step in self.bad)
        return f"FAILED: {len(self.bad)} of {count}{took}: {names}"


def collect(
    directory: Path, expected: Sequence[str] = (), wall: float | None = None, ended: float = 0.0
) -> PipelineRun:
    """Read the results of a directory.

    An invalid file, and an expected step without a result, become steps with an error: a lost step
    must not pass.

    Raises:
        InputError: there is no such directory, or nothing in it and nothing expected.
    """
    if not directory.is_dir():
        raise InputError(
            f"the directory of results {directory} does not exist", "give the right --results"
        )
    found = {
        path.stem: _read(path)
        for path in sorted(directory.glob("*.json"))
        if path.name not in NOT_RESULTS
    }
    if not found and not expected:
        raise InputError(
            f"no results in {directory}",
            "run the steps first, with --output, and use the directory that they wrote to",
        )
    for name in expected:
        found.setdefault(
            name,
            StepResult(
                name,
                Status.ERROR,
                "no result: the step did not run, or its result was lost",
                "look for its messages above, and run it again",
            ),
        )
    return PipelineRun(tuple(sorted(found.values(), key=_position)), wall, ended)


def _read(path: Path) -> StepResult:
    advice = "run the step again with this version of the pipeline"
    try:
        result = StepResult.from_json(path.read_text(encoding="utf-8"), path.name)
    except InputError as error:
        return StepResult(path.stem, Status.ERROR, error.message, error.fix)
    except (OSError, UnicodeDecodeError) as error:
        problem = f"{path.name} cannot be read: {error}"
        return StepResult(path.stem, Status.ERROR, problem, advice)
    if result.step != path.stem:
        problem = f"{path.name} contains the result of another step, {result.step}"
        return StepResult(path.stem, Status.ERROR, problem, advice)
    return result


def _position(result: StepResult) -> tuple[int, str]:
    name = result.step
    if name in _ORDER:
        return _ORDER.index(name), name
    if name.startswith(f"{_ORDER[-1]}-"):  # a suite
        return len(_ORDER) - 1, name
    if name.startswith("test-"):
        return len(_ORDER), name
    if name in _AFTER_TESTS:
        return len(_ORDER) + 1 + _AFTER_TESTS.index(name), name
    return len(_ORDER) + len(_AFTER_TESTS) + 1, name
