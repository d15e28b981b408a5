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

    def finish(self, text: str) -> bool:
        """Read all of a text: whether it is good. What the parser passes over is not: the end of a
        text within a tag, and whatever follows the name in an end tag."""
        self.feed(text)
        self.close()
        ends = re.sub("</[a-z][a-z0-9]*>", "", text)
        return self.good and "</" not in ends and text.rfind("<") <= text.rfind(">")

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
        if name == "class":
            return all(self._says_nothing(one, 3) for one in (value or "").split(" "))
        return name in ATTRIBUTES and self._says_nothing(value or "", 6)

    def _says_nothing(self, text: str, most: int) -> bool:
        words = (word for part in re.split(r"[^A-Za-z]+", text) if (word := part.lower()))
        return (
            sum(character.isdigit() for character in text) <= most
            and all(character.isascii() and character not in "$?\\^`~" for character in text)
            and not re.search("%[0-9A-Fa-f]{2}", text)
            and all(word in self._words for word in words)
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
