"""Wording shared by messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def counted(number: int, one: str, many: str = "") -> str:
    """A number and its noun: ``1 test``, ``2 tests``; ``many`` when the plural is not just an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def closest(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """The known word that was probably meant; empty: none is similar."""
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=likeness)
    return found[0] if found else ""
