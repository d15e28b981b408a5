"""Words that messages have in common."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """A number and its noun: ``1 test``, ``2 tests``; ``many`` where an s is not the plural."""
    return f"{number} {one if number == 1 else many or one + 's'}"
