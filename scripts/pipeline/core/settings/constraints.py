"""Constraints on settings, declared at the setting; validation and the schema both read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any

_METADATA = "constraint"
#: The end of a text, in Python and in a JSON schema alike: `$` also matches before a final newline.
END = r"(?![\s\S])"


@dataclass(frozen=True)
class Constraint:
    """Limits of a value, or of each value of a list. None means no limit.

    Attributes:
        allowed: the same in words, to follow "give".
        pattern: regular expression for the whole text; only syntax that Python and JavaScript
            share.
        longest: maximum number of characters.
        choices: all possible values.
        least: smallest number.
        most: greatest number.
        regex: whether the value has to be a regular expression itself.
    """

    allowed: str
    pattern: str | None = None
    longest: int | None = None
    choices: tuple[str | bool, ...] | None = None
    least: int | None = None
    most: int | None = None
    regex: bool = False

    def fits(self, value: Any) -> bool:
        """Whether one value is allowed."""
        if self.choices is not None and value not in self.choices:
            return False
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            return False
        if self.longest is not None and len(value) > self.longest:
            return False
        if self.least is not None and not value >= self.least:  # false for nan
            return False
        if self.most is not None and not value <= self.most:
            return False
        return not self.regex or _compiles(value)


# Constraints shared by several settings.
MODULES = Constraint("technical names of modules", pattern="[A-Za-z0-9_]+")
PACKAGES = Constraint("names of modules and packages", pattern="[A-Za-z0-9_][A-Za-z0-9_.+:=~-]*")
#: Not the root itself, and no `..`.
FOLDER = Constraint(
    "an absolute path of letters, digits, `.`, `_`, `-` and `/`",
    pattern=r"(?:/+(?!\.{1,2}(?:/|$))[A-Za-z0-9._-]+)+/*",
)
_RELATIVE = rf"(?!/)(?!(?:[\s\S]*/)?\.\.(?:/|{END}))(?=[\s\S]*\S)[\s\S]+"
INSIDE = Constraint("a path inside the repository, relative to its root", pattern=_RELATIVE)
INSIDE_OR_EMPTY = Constraint(INSIDE.allowed, pattern=f"(?:{_RELATIVE})?")
PLACE_OR_EMPTY = Constraint(
    "an absolute folder, or sftp://user@host/path",
    pattern=r"(?:/\S+|sftp://[^@/:\s]+@[^@/\s]+/\S+)?",
)


def limited(default: Any, limit: Constraint) -> Any:
    """A dataclass field with a default and its constraint."""
    return field(default=default, metadata={_METADATA: limit})


def named(limit: Constraint) -> Any:
    """A dataclass field with sections of free names, and the constraint of these names."""
    return field(default_factory=dict, metadata={_METADATA: limit})


def constraint(of: Field[Any]) -> Constraint | None:
    """The constraint of a field; None: only its type is checked."""
    return of.metadata.get(_METADATA)


def problems(section: Any) -> Iterator[tuple[str, object, str]]:
    """Invalid values of a section, which is a dataclass: key, value, and what is allowed."""
    for one in fields(section):
        limit, value = constraint(one), getattr(section, one.name)
        if limit is None or value is None:
            continue
        for part in value if isinstance(value, (tuple, dict)) else (value,):
            if not limit.fits(part):
                yield one.name, part, limit.allowed


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
