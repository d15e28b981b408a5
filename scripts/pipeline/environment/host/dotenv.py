"""The environment's `.env`, as Docker Compose reads it. A change keeps every other character.

Compose has a format of its own: python-dotenv, for example, replaces variables in single quotes,
supports neither `$$` nor `${NAME:?…}` nor `NAME: value`, and treats other text as comments. The
results here are compared with Compose's own (tests/unit/environment/dotenv_as_compose.json).
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import files
from pipeline.core.errors import InputError
from pipeline.core.process import DOCKER, owner_of
from pipeline.environment.host.interpolation import interpolate

_BLANKS = "\t\v\f\r \x85\xa0"
_SPACE = (
    _BLANKS + "\n\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
)
_EXPORT = re.compile(r"export[\t\n\f\r ]")
_ESCAPE = re.compile(r"""\\([abcfnrtv$"\\]|0\d{0,3})""", re.ASCII)
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
#: Values that need no quotes.
_PLAIN = re.compile(r"[A-Za-z0-9_./:@,+=-]*")


@dataclass(frozen=True)
class Binding:
    """A variable in a text.

    Attributes:
        name: its name.
        value: its value.
        start: where the value begins in the text, with its quotes.
        end: where it ends.
    """

    name: str
    value: str
    start: int
    end: int


def bindings(text: str, outside: Mapping[str, str] | None = None) -> Iterator[Binding]:
    """The variables in a text, in order.

    Args:
        text: the text.
        outside: variables of Compose's environment, which take precedence in `${NAME}`.

    Raises:
        ValueError: Compose would reject it; the message states where and why.
    """
    outside = outside or {}
    found: dict[str, str] = {}
    place = 1 if text.startswith("\ufeff") else 0
    while (place := _statement(text, place)) < len(text):
        line = text.count("\n", 0, place) + 1
        try:
            name, start = _name(text, place)
            if name is None:  # without a value: Compose uses its environment's
                place = start
                continue
            raw, quote, place = _raw(text, start)
            if quote != "'":
                escaped = _unescaped(raw) if quote else raw
                raw = interpolate(escaped, lambda key: outside.get(key, found.get(key)))
        except ValueError as error:
            raise ValueError(f"line {line}: {error}") from error
        found[name] = raw
        if name:
            yield Binding(name, raw, start, place)


def values(text: str, outside: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables in a text; the last line for a variable counts. Else as :func:`bindings`."""
    return {binding.name: binding.value for binding in bindings(text, outside)}


def changed(text: str, new: Mapping[str, str]) -> str:
    """The text with new values; missing variables are added at its end."""
    pieces, place, left = [], 0, dict(new)
    for binding in bindings(text):
        if binding.name in new:
            pieces += [text[place : binding.start], _quoted(new[binding.name])]
            place = binding.end
            left.pop(binding.name, None)
    newline = "\r\n" if "\r\n" in text else "\n"
    pieces.append(text[place:])
    if text and not text.endswith("\n"):
        pieces.append(newline)
    pieces += [f"{name}={_quoted(value)}{newline}" for name, value in left.items()]
    return "".join(pieces)


def read(path: Path) -> dict[str, str]:
    """The variables of a file.

    Raises:
        InputError: the file does not exist, cannot be read, or Compose would reject it.
    """
    return _checked(path, _text(path))


def update(path: Path, new: Mapping[str, str]) -> None:
    """Change values in a file, durably. Raises InputError as :func:`read` does."""
    text = _text(path)
    _checked(path, text)
    files.write(path, changed(text, new), mode=None)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")  # with its line endings
    except PermissionError as error:
        owner = owner_of(path)
        raise InputError(
            f"{path} cannot be read: {error.strerror}; it belongs to {owner}",
            f"run this as {owner}, or give the file back: sudo chown $USER {path}",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} cannot be read: {error}",
            "prepare the VM (`prepare`), or copy .env.example to .env and fill it in",
        ) from error


def _checked(path: Path, text: str) -> dict[str, str]:
    try:
        return values(text, DOCKER.variables(os.environ))
    except ValueError as error:
        raise InputError(
            f"{path}, {error}", "fix the line; values with special characters go between quotes"
        ) from error


def _statement(text: str, place: int) -> int:
    """Where the next variable begins, after empty lines and comments."""
    while place < len(text) and (text[place] in _SPACE or text[place] == "#"):
        place = (text + "\n").index("\n", place) if text[place] == "#" else place + 1
    return place


def _name(text: str, place: int) -> tuple[str | None, int]:
    """A name, and where its value begins. None: it has none."""
    if _EXPORT.match(text, place):
        place = _skip(text, place + len("export"))
        if place == len(text):
            raise ValueError("`export` without a variable")
    for end in range(place, len(text)):
        letter = text[end]
        if letter in "=:\n":
            name = text[place:end].rstrip(_SPACE)
            if " " in name:
                raise ValueError(f"{name!r} is no name of a variable")
            return (None if letter == "\n" else name), _skip(text, end + 1)
        if letter not in _BLANKS + "_.-[]" and unicodedata.category(letter)[0] not in "LN":
            raise ValueError(f"{letter!r} cannot be in the name of a variable")
    return "", _skip(text, place)  # the last line, without a value


def _raw(text: str, place: int) -> tuple[str, str, int]:
    """A value as written, its quote, and where it ends."""
    quote = text[place : place + 1]
    if quote not in ('"', "'"):
        line = text[place:].partition("\n")[0].partition(" #")[0].rstrip(_SPACE)
        return line, "", place + len(line)  # a comment after it is skipped like any other
    letters: list[str] = []
    escape = False
    for end in range(place + 1, len(text)):
        letter = text[end]
        if letter == quote and not escape:
            return "".join(letters), quote, end + 1
        if letter == "\\" and not escape:
            escape = True
            continue
        if escape and letter != quote:
            letters.append("\\")
        letters.append(letter)
        escape = False
    raise ValueError("the quote of the value has no end")


def _unescaped(text: str) -> str:
    """What stands for something else between double quotes. `\\$` is `$$` to the next reader."""

    def one(match: re.Match[str]) -> str:
        sign = match[1]
        if sign.startswith("0"):
            octal = sign[1:]
            good = len(octal) == 3 and re.fullmatch("[0-3][0-7]{2}", octal)
            return chr(int(octal, 8)) if good else f"\\{octal}"
        return "$$" if sign == "$" else _ESCAPED.get(sign, match[0] if sign == "c" else sign)

    return _ESCAPE.sub(one, text)


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    return '"' + re.sub(r'[\\"$]', r"\\\g<0>", value) + '"'


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in _BLANKS:
        place += 1
    return place
