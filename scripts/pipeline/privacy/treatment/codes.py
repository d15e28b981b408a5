"""The text around the digits of a document number, in parts: words, dates, punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: A part of a date; one ASCII character that is neither letter nor digit; anything else.
_PARTS = re.compile(r"(%\([a-z0-9_]+\)s)|([ -/:-@\[-`{-~])|([^ -/:-@\[-`{-~]+)")
_SAYS_NOTHING = re.compile("[A-Za-z]?[0-9]{0,8}")
_DIGITS = "0123456789"
_NUMBER = 4


def parts(text: str) -> Iterator[tuple[str, bool]]:
    """The parts of a prefix, a suffix or a code, each with whether it is a word.

    A single letter, or digits alone, are not a word.
    """
    for found in _PARTS.finditer(text):
        yield found[0], found[3] is not None and not _SAYS_NOTHING.fullmatch(found[0])


def stem(word: str) -> str:
    """A word as it is listed: in capitals, without a trailing number of up to four digits."""
    bare = word.rstrip(_DIGITS)
    return bare.upper() if len(word) - len(bare) <= _NUMBER else ""


def words_of_codes(text: str) -> set[str]:
    """The words in a prefix, a suffix or a code, as they are listed."""
    return {stem(part) for part, is_word in parts(text) if is_word} - {""}
