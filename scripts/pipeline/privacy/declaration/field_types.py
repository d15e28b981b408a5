"""For which columns of which series of Odoo the packaged decisions were made.

A folder of lists says so, one for each series: the columns that need a line, each with the type of
its field, as a real Odoo with all modules has had them.
"""

from __future__ import annotations

import functools
import importlib.resources
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.privacy.database.schema import Column
from pipeline.privacy.declaration.load import ColumnRule

#: Types of Odoo and of PostgreSQL that say the same of a value.
_SAME = {
    **dict.fromkeys(("integer", "float", "monetary"), "number"),
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8"), "number"),
    **dict.fromkeys(("datetime", "timestamp", "timestamptz"), "time"),
    **dict.fromkeys(("char", "varchar"), "char"),
}


def lists() -> dict[str, Path]:
    """The list of columns of each series, by the series: ``19.0``."""
    folder = Path(str(importlib.resources.files("pipeline.privacy.declaration") / "columns"))
    return {file.stem.removeprefix("odoo_"): file for file in sorted(folder.glob("odoo_*.txt"))}


def typed(text: str) -> Iterator[tuple[tuple[str, str], str]]:
    """Each column in a list: table and name, with the type of its field."""
    for line in text.splitlines():
        if not line.startswith("#"):
            table, _, columns = line.partition(": ")
            for column in columns.split():
                name, _, ttype = column.partition("=")
                yield (table, name), ttype


def other_type(column: Column, rule: ColumnRule) -> str:
    """Why a packaged reason for keeping a column does not hold here; empty: it does.

    The reason was found for a field of one type. In another series, or in a module that changes the
    field, a number can be a text; nobody has decided about that one.

    Args:
        column: of the live schema.
        rule: what the declaration says about it.
    """
    if rule.own or rule.strategy != "keep":
        return ""
    known = _types().get((column.table, column.name), {})
    live = column.ttype or column.type
    if not known or any(_SAME.get(one, one) == _SAME.get(live, live) for one in known.values()):
        return ""
    was = ", ".join(f"`{ttype}` in Odoo {series}" for series, ttype in known.items())
    return f"kept as {was}; here it is `{live}`"


@functools.cache
def _types() -> Mapping[tuple[str, str], Mapping[str, str]]:
    """The type of each listed column, by series."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for series, file in lists().items():
        for key, ttype in typed(file.read_text(encoding="utf-8")):
            found[key][series] = ttype
    return found
