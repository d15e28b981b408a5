"""`$NAME` and `${NAME…}` in a value, as Compose replaces them (Compose file, "Interpolation")."""

from __future__ import annotations

import re
from collections.abc import Callable

Lookup = Callable[[str], "str | None"]

#: `$$`, `$NAME`, `${NAME}` and `${NAME` with an operator; any other `${` is an error.
_VARIABLE = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<named>[_a-z][_a-z0-9]*)"
    r"|\{(?:(?P<braced>[_a-z][_a-z0-9]*(?::?[-+?].*)?)\}|(?P<invalid>)))",
    re.IGNORECASE | re.ASCII,
)
_OPERATORS = (":?", ":-", ":+", "?", "-", "+")


def interpolate(text: str, lookup: Lookup) -> str:
    """The text with its variables replaced; an unset one is empty.

    Args:
        text: the text.
        lookup: returns the value of a name; None when it is not set.

    Raises:
        ValueError: a variable is malformed, or a required one is missing.
    """
    return _VARIABLE.sub(lambda match: _value(match[0], lookup), text)


def _value(found: str, lookup: Lookup) -> str:
    end = _closing(found)  # the expression for braces is greedy: more text may follow
    match = _VARIABLE.fullmatch(found[: end + 1] if end >= 0 else found)
    if match is None or match["invalid"] is not None:
        raise ValueError("`${` does not begin a variable; a dollar sign is written `$$`")
    if match["escaped"]:
        return "$"
    if match["named"]:
        return lookup(match["named"]) or ""
    places = [(match["braced"].find(sign), sign) for sign in _OPERATORS if sign in match["braced"]]
    if not places:
        return lookup(match["braced"]) or ""
    operator = min(places, key=lambda place: (place[0], -len(place[1])))[1]
    name, _, other = match["braced"].partition(operator)
    rest = interpolate(found[end + 1 :], lookup) if end >= 0 else ""
    return _operate(operator, name, other, lookup) + rest


def _operate(operator: str, name: str, other: str, lookup: Lookup) -> str:
    value = lookup(name)
    there = bool(value) if operator.startswith(":") else value is not None
    if operator.endswith("+"):
        return interpolate(other, lookup) if there else value or ""
    if there:
        return value or ""
    if operator.endswith("?"):
        raise ValueError(f"{name} is missing: {interpolate(other, lookup)}")
    return interpolate(other, lookup)


def _closing(text: str) -> int:
    """Where the first braces end; -1 when they are not closed."""
    depth, place = 0, 0
    while place < len(text):
        if text[place] == "}":
            depth -= 1
            if depth == 0:
                return place
        elif text[place] == "{":
            depth += 1
            place += 1
        place += 1
    return -1
