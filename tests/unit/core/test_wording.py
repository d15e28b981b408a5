"""Numbers and their nouns, and lists that are too long."""

from __future__ import annotations

import pytest

from pipeline.core.wording import counted, some_lines, some_of


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


def test_of_many_names_the_first_are_named_and_the_others_counted() -> None:
    assert some_of(["a", "b"], 2) == "a, b" and some_of([], 2) == ""
    assert some_of(["a", "b", "c"], 2) == "a, b and 1 more"
    assert some_of(["a", "b", "c"], 1, "; ") == "a and 2 more"
    assert some_lines(["a", "b"], 2) == ["a", "b"]
    assert some_lines(["a", "b", "c"], 1) == ["a", "… and 2 more"]
