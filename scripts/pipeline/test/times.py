"""``test-times.json``: how long the tests of each unit took, to split them evenly."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import dacite

from pipeline.core.errors import InputError
from pipeline.core.results import Status, StepResult

FILE_NAME = "test-times.json"
FORMAT = 1
_STEP = "test-"
#: Estimates without a measurement: installing an add-on takes as long as many tests.
_INSTALL, _TEST = 6.0, 0.1


@dataclass(frozen=True)
class Times:
    """Seconds by unit: an add-on, including the installation of what it needs, or ``python``."""

    seconds: dict[str, float]

    def __bool__(self) -> bool:
        return bool(self.seconds)

    def to_json(self) -> str:
        """Serialize, with sorted keys."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True) + "\n"

    def of(self, tests: Mapping[str, int]) -> dict[str, float]:
        """Seconds of each name: as measured, otherwise estimated from its number of tests.

        Estimates are scaled to the speed of the machine that measured the others.
        """
        guesses = {name: _INSTALL + _TEST * count for name, count in tests.items()}
        known = self.seconds.keys() & guesses.keys()
        guessed = sum(guesses[name] for name in known)
        pace = sum(self.seconds[name] for name in known) / guessed if guessed else 1.0
        return {name: self.seconds.get(name, pace * guess) for name, guess in guesses.items()}


def measured(steps: Iterable[StepResult]) -> Times:
    """The times of the test steps that passed: what failed may have ended early."""
    seconds: dict[str, float] = defaultdict(float)
    for step in steps:
        if step.step.startswith(_STEP) and step.status is Status.PASSED:
            # Suites, and databases with and without demo data, are steps of one unit.
            seconds[step.step.removeprefix(_STEP).partition("-")[0]] += step.seconds
    return Times(dict(seconds))


def load(root: Path, given: Path | None = None) -> Times:
    """The times to split by: those of the given file, otherwise the source's, otherwise none.

    Raises:
        InputError: the file does not exist, or is not what a report wrote.
    """
    path = given or root / FILE_NAME
    if given is None and not path.exists():
        return Times({})
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']!r}, this pipeline reads format {FORMAT}")
        times = dacite.from_dict(Times, data, dacite.Config(cast=[float]))
        if not all(0 <= seconds < float("inf") for seconds in times.seconds.values()):
            raise ValueError("a time is not a number of seconds")
    except (OSError, ValueError, TypeError, KeyError, dacite.DaciteError) as error:
        raise InputError(
            f"the test times {path} are not usable: {error}",
            f"pass the {FILE_NAME} of a report, or none to split by the number of tests",
        ) from error
    return times
