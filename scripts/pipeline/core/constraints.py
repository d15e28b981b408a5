"""What a setting may be, written at the setting: both its check and the schema read it there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any

_METADATA = "constraint"
#: The end of a text in Python and in a JSON schema alike: `$` may be before a last line's end.
END = r"(?![\s\S])"


@dataclass(frozen=True)
class Constraint:
    """What a value, or each value of a list, may be. What is None is not limited.

    Attributes:
        allowed: the same in words, after "give".
        pattern: regular expression of the whole text; what Python and JavaScript read alike.
        longest: number of characters.
        choices: all that there are.
        least: smallest number.
        most: greatest number.
        regex: whether it has to be a regular expression itself.
    """

    allowed: str
    pattern: str | None = None
    longest: int | None = None
    choices: tuple[str, ...] | None = None
    least: int | None = None
    most: int | None = None
    regex: bool = False

    def fits(self, value: Any) -> bool:
        """Whether one value is possible."""
        if self.choices is not None and value not in self.choices:
            return False
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            return False
        if self.longest is not None and len(value) > self.longest:
            return False
        if self.least is not None and not value >= self.least:  # which nan is not
            return False
        if self.most is not None and not value <= self.most:
            return False
        return not self.regex or _compiles(value)


# What more than one setting is.
MODULES = Constraint("technical names of modules", pattern="[A-Za-z0-9_]+")
PACKAGES = Constraint("names of modules and packages", pattern="[A-Za-z0-9_][A-Za-z0-9_.+:=~-]*")
#: Not the root itself, and nothing that leads out of it again.
FOLDER = Constraint(
    "an absolute path of letters, digits, `.`, `_`, `-` and `/`",
    pattern=r"(?:/+(?!\.{1,2}(?:/|$))[A-Za-z0-9._-]+)+/*",
)
_RELATIVE = rf"(?!/)(?!(?:[\s\S]*/)?\.\.(?:/|{END}))(?=[\s\S]*\S)[\s\S]+"
INSIDE = Constraint("a path inside the repository, relative to its root", pattern=_RELATIVE)
INSIDE_OR_EMPTY = Constraint(INSIDE.allowed, pattern=f"(?:{_RELATIVE})?")


def limited(default: Any, limit: Constraint) -> Any:
    """A dataclass field with a default and its constraint."""
    return field(default=default, metadata={_METADATA: limit})


def constraint(of: Field[Any]) -> Constraint | None:
    """The constraint of a field; None: its type is all."""
    return of.metadata.get(_METADATA)


def problems(section: Any) -> Iterator[tuple[str, object, str]]:
    """Impossible values of a section, a dataclass: key, value, and what is allowed."""
    for one in fields(section):
        limit, value = constraint(one), getattr(section, one.name)
        if limit is None or value is None:
            continue
        for part in value if isinstance(value, tuple) else (value,):
            if not limit.fits(part):
                yield one.name, part, limit.allowed


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
