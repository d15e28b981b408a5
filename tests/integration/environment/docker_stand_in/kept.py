"""Files of the stand-in's state.

In Python's own format: JSON and paths as objects are imported in three times the time of a call.
"""

from __future__ import annotations

import _thread
import marshal
import os

TYPE_CHECKING = False  # importing typing takes as long as all else
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


def keep(home: Path | str, name: str, value: dict[str, Any]) -> None:
    """Write a file, whole or not at all: others look meanwhile.

    Args:
        home: folder of the state.
        name: of the file.
        value: what it says from now on.
    """
    partial = f"{home}/{name}.{os.getpid()}.{_thread.get_ident()}"
    with open(partial, "wb") as file:
        marshal.dump(value, file)
    os.replace(partial, f"{home}/{name}")


def kept(home: Path | str, name: str) -> dict[str, Any]:
    """Read a file."""
    with open(f"{home}/{name}", "rb") as file:
        found: dict[str, Any] = marshal.load(file)
    return found


def calls_of(home: Path | str) -> list[list[str]]:
    """All calls of the program, the oldest first."""
    with open(f"{home}/calls", "rb") as file:
        found = []
        while file.peek(1):
            found.append(marshal.load(file))
    return found


def record(home: Path | str, call: list[str]) -> None:
    """Write a call down."""
    with open(f"{home}/calls", "ab") as file:
        file.write(marshal.dumps(call))
