"""Wording shared by messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


def counted(number: int, one: str, many: str = "") -> str:
    """A number and its noun: ``1 test``, ``2 tests``; ``many`` when the plural is not just an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def some_of(names: Sequence[str], most: int, between: str = ", ") -> str:
    """The first names, at most so many, and the number of the others: ``a, b and 3 more``."""
    shown = between.join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def some_lines(lines: Sequence[str], most: int) -> list[str]:
    """The same of whole lines, which a message has one below the other."""
    return [*lines[:most], *([f"… and {len(lines) - most} more"] if len(lines) > most else [])]


def closest(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """The known word that was probably meant; empty: none is similar."""
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=likeness)
    return found[0] if found else ""
