"""The shell blocks of the documentation, with the mark that says how they are tested."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
_BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>.*?) -->\n)?```(?:sh|bash)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Block:
    """A shell block.

    Attributes:
        page: the page's name.
        number: which block of the page it is.
        mark: text of the comment before it: ``engine``, ``not run: why``, or empty.
        text: its lines.
    """

    page: str
    number: int
    mark: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}-{self.number}"


def all_blocks() -> list[Block]:
    """Every shell block of every page."""
    return [
        Block(page.name, number, match["mark"] or "", match["text"])
        for page in PAGES
        for number, match in enumerate(_BLOCK.finditer(page.read_text(encoding="utf-8")), 1)
    ]
