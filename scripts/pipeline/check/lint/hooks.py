"""Hooks of pre-commit that lint runs: what with, and on which files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.check.lint.tools import Tool

#: File types of `types`, by the endings of names.
_TYPES = {
    "python": (".py",),
    "pyi": (".pyi",),
    "cython": (".pyx", ".pxd", ".pxi"),
    "xml": (".xml", ".xsd", ".xsl"),
    "csv": (".csv",),
    "pofile": (".po",),
}
_ANYTHING = {"file", "text"}


@dataclass(frozen=True)
class Hook:
    """One hook that lint can run.

    Attributes:
        tool: what it runs.
        arguments: its arguments, without those that would fix or hide something.
        requirements: the packages that it runs with; empty: the pipeline's own.
        patterns: regular expressions that paths have to match.
        excluded: regular expressions of paths that are left out.
        types: file types; a file has all of the first, and one of the second.
    """

    tool: Tool
    arguments: tuple[str, ...]
    requirements: tuple[str, ...]
    patterns: tuple[str, ...]
    excluded: tuple[str, ...]
    types: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    def files(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Those of these paths that the hook reads, as `pre-commit` chooses them."""
        return tuple(path for path in paths if self._reads(path))

    def _reads(self, path: str) -> bool:
        if not all(re.search(pattern, path) for pattern in (self.tool.reads, *self.patterns)):
            return False
        if any(re.search(pattern, path) for pattern in self.excluded):
            return False
        every, some = self.types
        return all(_is(path, kind) for kind in every) and (
            not some or any(_is(path, kind) for kind in some)
        )


@dataclass(frozen=True)
class Hooks:
    """The hooks of a file.

    Attributes:
        known: those that lint runs.
        others: names of those that only pre-commit runs.
    """

    known: tuple[Hook, ...] = ()
    others: tuple[str, ...] = ()


def _is(path: str, kind: str) -> bool:
    return kind in _ANYTHING or path.endswith(_TYPES.get(kind, (f".{kind}",)))
