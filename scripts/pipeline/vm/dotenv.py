"""The environment's `.env`, as Docker Compose reads it. A change keeps every other line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import InputError
from pipeline.vm import files

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")


def values(text: str) -> dict[str, str]:
    """The variables in a text; of two lines for one variable, the last."""
    found = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match:
            found[match[1]] = _unquoted(match[2])
    return found


def changed(text: str, new: Mapping[str, str]) -> str:
    """The text with other values; variables that it does not have are added at its end."""
    lines, left = [], dict(new)
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match and match[1] in new:
            line = f"{match[1]}={new[match[1]]}"
            left.pop(match[1], None)
        lines.append(line)
    lines += [f"{key}={value}" for key, value in left.items()]
    return "\n".join(lines) + "\n"


def read(path: Path) -> dict[str, str]:
    """The variables of a file.

    Raises:
        InputError: the file is not there or cannot be read.
    """
    return values(_text(path))


def update(path: Path, new: Mapping[str, str]) -> None:
    """Write other values into a file, durably. Raises InputError as :func:`read` does."""
    files.write(path, changed(_text(path), new), path.stat().st_mode & 0o777)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} cannot be read: {error}",
            "prepare the VM (`prepare-vm`), or copy .env.example to .env and fill it in",
        ) from error


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return re.sub(r"\s+#.*$", "", value)
