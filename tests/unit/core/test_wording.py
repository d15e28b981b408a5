"""Numbers and their nouns."""

from __future__ import annotations

import pytest

from pipeline.core.wording import counted


@pytest.mark.parametrize(
    ("number", "words", "text"),
    [
        (0, ("test",), "0 tests"),
        (1, ("test",), "1 test"),
        (2, ("test",), "2 tests"),
        (1, ("entry", "entries"), "1 entry"),
        (3, ("entry", "entries"), "3 entries"),
    ],
)
def test_a_number_has_the_right_noun(number: int, words: tuple[str, ...], text: str) -> None:
    assert counted(number, *words) == text
