"""How many steps run at once, by what the engine's machine has."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

#: By its path: the package around it needs Dagger.
ROOM = runpy.run_path(str(Path(__file__).parents[4] / "ci/src/odoo_mta/steps/room.py"))


@pytest.mark.parametrize(
    ("processors", "mebibytes", "expected"),
    [
        (2, 22_000, 4),  # this project's own
        (4, 15_000, 8),  # GitHub's runner
        (8, 7_000, 4),
        (64, 250_000, 16),
        (1, 900, 2),
        (2, 0, 2),
    ],
)
def test_processors_and_memory_decide(processors: int, mebibytes: int, expected: int) -> None:
    assert ROOM["at_a_time"](processors, mebibytes) == expected


def test_this_machine_has_room() -> None:
    assert 2 <= ROOM["here"]() <= 16
