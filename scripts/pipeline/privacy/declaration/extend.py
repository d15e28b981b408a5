"""Put suggestions into ``anonymization.toml``: into the sections that it has, or into new ones."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping

from pipeline.core.errors import SettingsError
from pipeline.privacy.database.schema import Column
from pipeline.privacy.declaration.load import parse_declaration
from pipeline.privacy.declaration.suggest import sections

if sys.version_info >= (3, 11):
    import tomllib
else:  # the pipeline also runs on hosts with Python 3.10
    import tomli as tomllib


def extended(
    text: str, origin: str, columns: Iterable[Column], chosen: Mapping[tuple[str, str], str]
) -> str:
    """The text of a file with a line more for each column; what it has stays as it is.

    Args:
        text: of the file.
        origin: the file's name, for messages.
        columns: the unclassified columns.
        chosen: their strategies, by table and column; a column that nothing fits gets none.

    Raises:
        SettingsError: the file is invalid, or not written so that lines can be added.
    """
    fitting = [one for one in columns if chosen[one.table, one.name]]
    lines = text.splitlines()
    for head, added in sections(fitting, chosen).items():
        lines = _with(lines, head, added)
    result = "\n".join(lines) + "\n" if lines else ""
    if problem := _problem(result, origin, fitting):
        raise SettingsError(
            f"{origin}: no line can be added here: {problem}",
            "put the lines into it that the command prints without --write; nothing was written",
        )
    return result


def _problem(text: str, origin: str, added: list[Column]) -> str:
    """Why a text is not a declaration of these columns; empty: it is one."""
    try:
        declared = parse_declaration(tomllib.loads(text), origin)
    except (tomllib.TOMLDecodeError, SettingsError) as error:
        return str(error).splitlines()[0]
    missing = [one.label for one in added if (one.table, one.name) not in declared.columns]
    return f"{', '.join(missing)} would stay undeclared" if missing else ""


def _with(lines: list[str], head: str, added: list[str]) -> list[str]:
    """The lines with more of them at the end of the section with this head."""
    if head not in (heads := [line.strip() for line in lines]):
        space = [""] if lines and lines[-1].strip() else []
        return [*lines, *space, head, *added]
    start = heads.index(head) + 1
    rest = range(start, len(lines))
    end = next((at for at in rest if heads[at].startswith("[")), len(lines))
    # Empty lines and comments before the next head belong to that.
    while end > start and (not heads[end - 1] or heads[end - 1].startswith("#")):
        end -= 1
    section = lines[start:end]
    for line in added:
        section = _merged(section, line)
    return [*lines[:start], *section, *lines[end:]]


def _merged(section: list[str], line: str) -> list[str]:
    """A section with one line more; a list of kept columns that it has becomes longer."""
    name, _, value = line.partition(" = ")
    for at, there in enumerate(section):
        if value.startswith("[") and (found := re.match(rf"{re.escape(name)}\s*=\s*\[", there)):
            longer = f"{there[: found.end()]}{value[1:-1]}, {there[found.end() :].lstrip()}"
            return [*section[:at], longer.rstrip(), *section[at + 1 :]]
    return [*section, line]
