"""Reads XML and HTML, and detects what does not belong in an anonymized one."""

from __future__ import annotations

import html.parser
import re
from collections.abc import Iterable

from pipeline.privacy.treatment.markup import ATTRIBUTES, TAGS


class Reader(html.parser.HTMLParser):
    """Whether everything fed so far is good: known tags, attributes and words, and no text."""

    def __init__(self, words: Iterable[str]) -> None:
        super().__init__(convert_charrefs=False)
        self.good, self._words = True, words

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag and its attributes."""
        self.good &= tag in TAGS and all(self._known(name, value) for name, value in attrs)

    def handle_endtag(self, tag: str) -> None:
        """The end of one."""
        self.good &= tag in TAGS

    def handle_data(self, data: str) -> None:
        """The text between tags."""
        self.good &= not data.replace("…", "").strip()

    def _known(self, name: str, value: str | None) -> bool:
        if name == "href":
            return value == "#"
        text = value or ""
        said = [word for part in re.split(r"[^A-Za-z]+", text) if (word := part.lower())]
        digits = sum(sign.isdigit() for sign in text)
        strange = any(not sign.isascii() or sign in '"$?\\^`~' for sign in text)
        return (
            name in ATTRIBUTES
            and digits <= 6
            and not strange
            and all(word in self._words for word in said)
        )

    def handle_comment(self, data: str) -> None:
        """A comment."""
        self.good = False

    def handle_decl(self, decl: str) -> None:
        """A declaration."""
        self.good = False

    def handle_pi(self, data: str) -> None:
        """An instruction."""
        self.good = False

    def unknown_decl(self, data: str) -> None:
        """Whatever else begins with ``<!``."""
        self.good = False

    def handle_entityref(self, name: str) -> None:
        """A character reference by name."""
        self.good = False

    def handle_charref(self, name: str) -> None:
        """A character reference by number."""
        self.good = False
