"""Before anything is changed: can each column take its declared strategy?

The new values are computed and checked against the database's constraints: types, lengths, NOT
NULL, CHECK and unique indexes. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.core.errors import InputError, ToolError
from pipeline.core.wording import some_lines
from pipeline.privacy.database.catalog import Index, quote
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Schema
from pipeline.privacy.treatment import statements
from pipeline.privacy.treatment.columns import Treatment
from pipeline.privacy.treatment.neutral import known

Key = tuple[str, str]
_SHOWN = 40
#: Kinds of columns that a strategy applies to; strategies not listed apply to any.
_TEXTS = (
    *("person", "first_name", "last_name", "company", "party", "email", "phone", "street", "city"),
    *("zip", "vat", "iban", "url", "domain", "text", "html", "label", "code", "hash", "number"),
    *("markup", "pattern", "known", "selection", "path", "series", "xmlid"),
)
_FOR: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_TEXTS, ("text", "json")),
    **{"numbers": ("json",), "birthday": ("date",), "amount": ("number",)},
    **dict.fromkeys(("login", "password"), ("text",)),
    **dict.fromkeys(("shift", "period"), ("date",)),
    "scale": ("number",),
}
#: They write a value from the declaration or another table, of any length.
_OF_ANY_LENGTH = ("constant", "pattern", "known", "markup", "series", "number")


def require_possible(database: Database, schema: Schema, treated: Iterable[Treatment]) -> None:
    """Check that every column can take its declared strategy. Raises InputError."""
    found = problems(database, schema, treated)
    if found:
        lines = [f"{table}.{name}: {what}" for (table, name), what in sorted(found.items())]
        raise InputError(
            "what is declared for these columns cannot be stored in them:\n    "
            + "\n    ".join(some_lines(lines, _SHOWN)),
            "nothing was changed; declare something else for each in anonymization.toml",
        )


def problems(database: Database, schema: Schema, treated: Iterable[Treatment]) -> dict[Key, str]:
    """The problem with each column's treatment; columns without one are left out."""
    found: dict[Key, str] = {}
    for table, group in statements.by_table(treated):
        good = []
        for one in group:
            problem = _by_itself(one) or _does_not_parse(database, schema, one)
            if problem:
                found[table, one.column.name] = problem
            else:
                good.append(one)
        for name, problem in _on_rows(database, schema, table, good):
            found.setdefault((table, name), problem)
    return found


def _by_itself(one: Treatment) -> str:
    column, strategy = one.column, one.entry.strategy
    kinds = _FOR.get(strategy)
    if kinds and column.kind not in kinds:
        return f"`{strategy}` is for {' and '.join(kinds)}, and it is of type {column.cast}"
    empty = strategy == "null" or one.entry.computed
    if empty and not column.nullable and known(column) is None:
        return f"it must have a value, and none is known that says nothing, of type {column.cast}"
    return ""


def _does_not_parse(database: Database, schema: Schema, one: Treatment) -> str:
    """Whether PostgreSQL rejects the statement before it runs."""
    try:
        with database.attempt():
            database.rows(f"EXPLAIN {statements.update(schema, one.column.table, [one])}")
    except ToolError as error:
        return f"`{one.entry.strategy}`: {error.message.splitlines()[0]}"
    return ""


def _on_rows(
    database: Database, schema: Schema, table: str, group: list[Treatment]
) -> Iterator[tuple[str, str]]:
    """Problems that the new rows of a table would have, by column."""
    plain = {one.column.name: one for one in group if not one.entry.computed}
    late = {one.column.name for one in group if one.entry.computed}
    rows = _afterwards(schema, table, plain)
    for name, condition, what in _conditions(schema, table, plain, late):
        number = _count(database, f"SELECT count(*) FROM {rows} WHERE {condition}")
        if number:
            yield name, f"{what} ({_rows(number)})"
    for index in schema.indexes.get(table, ()):
        changed = sorted(index.columns & plain.keys())
        if not changed or index.columns & late:
            continue
        number = _count(database, _duplicates(rows, index))
        if number:
            strategies = ", ".join(f"`{plain[name].entry.strategy}`" for name in changed)
            yield changed[0], (
                f"the index {index.name} is unique, and {strategies} would give {_rows(number)} a "
                "value that another row has: there are not enough different ones"
            )


def _conditions(
    schema: Schema, table: str, plain: dict[str, Treatment], late: set[str]
) -> Iterator[tuple[str, str, str]]:
    """A column, SQL for rows that would be rejected, and the reason."""
    for name, one in plain.items():
        column, strategy = one.column, one.entry.strategy
        if not column.nullable:
            yield name, f"{quote(name)} IS NULL", f"`{strategy}` gives no value, and it needs one"
        if column.length is not None and strategy in _OF_ANY_LENGTH:
            too_long = f"length({quote(name)}::text) > {column.length}"
            yield name, too_long, f"`{strategy}` is longer than {column.length} characters"
        if column.domain:
            refused = f"{quote(name)} IS NOT NULL AND ({quote(name)}::{column.cast})::text IS NULL"
            yield name, refused, f"its type {column.cast} refuses what `{strategy}` makes"
    for check in schema.checks.get(table, ()):
        changed = sorted(check.columns & plain.keys())
        if changed and not check.columns & late:
            yield changed[0], f"NOT ({check.condition})", f"the check {check.name} would fail"


def _afterwards(schema: Schema, table: str, plain: dict[str, Treatment]) -> str:
    """The new rows of a table, under their columns' names."""
    columns = [
        f"{plain[name].after} AS {quote(name)}" if name in plain else f"t.{quote(name)}"
        for name in schema.tables[table]
    ]
    return f"(SELECT {', '.join(columns) or '1'} FROM {schema.rows(table)} t) x"


def _duplicates(rows: str, index: Index) -> str:
    keys = ", ".join(index.keys)
    conditions = [f"({index.where})"] if index.where else []
    if not index.nulls:
        conditions += [f"({key}) IS NOT NULL" for key in index.keys]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    groups = f"SELECT count(*) AS n FROM {rows}{where} GROUP BY {keys} HAVING count(*) > 1"
    return f"SELECT coalesce(sum(n - 1), 0) FROM ({groups}) d"


def _count(database: Database, query: str) -> int | str:
    """The number of rows; or why they cannot be computed."""
    try:
        with database.attempt():
            return int(database.value(query))
    except ToolError as error:
        return error.message.splitlines()[0]


def _rows(number: int | str) -> str:
    return f"{number} rows" if isinstance(number, int) else number
