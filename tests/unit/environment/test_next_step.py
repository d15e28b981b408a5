"""What `status` tells a person to do next, from the runs that an environment had."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.process import liveness
from pipeline.environment.operations.next_step import next_step
from pipeline.environment.operations.start import KINDS
from pipeline.environment.runs.run_history import Past
from pipeline.environment.runs.story import Ended, Story

ROLLBACK = "on the VM: pipeline environment rollback --environment prod --manifest m.json"
RESUME = "on the VM: pipeline environment resume --environment prod"
CHANGING = [name for name, kind in KINDS.items() if any(step.touches for step in kind.steps)]
HARMLESS = [name for name in KINDS if name not in CHANGING]


def past(kind: str, outcome: str, fix: str = "", alive: bool = False) -> Past:
    owner = liveness.this() if alive else None
    ended = Ended(outcome, 0, "", fix) if outcome else None
    story = Story(ended=ended, **({"owner": owner} if owner else {}))
    return Past(Path("/x"), 1, kind, "id", story)


def test_there_are_changing_and_harmless_kinds() -> None:
    assert {"deploy", "rollback", "load-refresh"} <= {*CHANGING}
    assert "backup" in HARMLESS


def test_nothing_has_to_be_done() -> None:
    assert next_step("prod", []) == ""
    assert next_step("prod", [past("deploy", "done")]) == ""
    assert next_step("prod", [past("deploy", "failed", "fix the add-on")]) == ""
    assert next_step("prod", [past("deploy", "stopped", ROLLBACK), past("x", "", alive=True)]) == ""


@pytest.mark.parametrize("kind", CHANGING)
def test_a_later_run_settles_it(kind: str) -> None:
    assert next_step("prod", [past("deploy", "stopped", ROLLBACK), past(kind, "done")]) == ""


@pytest.mark.parametrize(
    "since",
    [*((kind, "done") for kind in HARMLESS), *((kind, "failed") for kind in KINDS)]
    + [("rollback", "rolled-back"), ("removed-kind", "done")],
)
def test_the_command_stays_valid_until_something_is_done(since: tuple[str, str]) -> None:
    assert next_step("prod", [past("deploy", "stopped", ROLLBACK), past(*since)]) == ROLLBACK


def test_an_interrupted_run_comes_first() -> None:
    runs = [past("deploy", "stopped", ROLLBACK), past("rollback", "")]
    assert next_step("prod", runs) == RESUME
