"""The part of a page that is written from the code, between two marks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def replaced(page: Path, name: str, lines: Iterable[str]) -> str:
    """The page's text with other lines between its marks of a name."""
    begin, end = f"<!-- {name}: written by `make docs` -->\n", f"<!-- /{name} -->\n"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    return before + begin + "\n".join(lines) + "\n" + end + after
