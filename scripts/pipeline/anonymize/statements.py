"""The statements of a run, in order, made from the treatments: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from pipeline.anonymize.declaration import Declaration, Entry
from pipeline.anonymize.expressions import Maker
from pipeline.anonymize.schema import Schema, quote
from pipeline.anonymize.treatment import Treatment, treat

Entries = Mapping[tuple[str, str], Entry]


def treatments(schema: Schema, entries: Entries, maker: Maker) -> list[Treatment]:
    """What is done to each column, by table."""
    made = (
        treat(schema.tables[table][name], entry, schema, maker)
        for (table, name), entry in sorted(entries.items())
    )
    return [one for one in made if one is not None]


def by_table(treated: Iterable[Treatment]) -> Iterator[tuple[str, list[Treatment]]]:
    """Treatments in groups of one table."""
    for table, group in groupby(treated, lambda one: one.column.table):
        yield table, list(group)


def counting(table: str, treated: list[Treatment], *, strange: bool = False) -> str:
    """One look at a table: how many rows it has, and how many of them each treatment changes.

    With ``strange``: how many hold what should not be there any more.
    """
    filters = ", ".join(
        f"count(*) FILTER (WHERE {one.strange if strange else one.where})" for one in treated
    )
    return f"SELECT count(*), {filters} FROM ONLY {quote(table)} t"


def update(table: str, treated: list[Treatment]) -> str:
    """All columns of a table in one pass over it. ONLY: Odoo's actions inherit from each other."""
    sets = ", ".join(
        f"{one.name} = CASE WHEN {one.where} THEN {one.value} ELSE t.{one.name} END"
        for one in treated
    )
    where = " OR ".join(one.where for one in treated)
    return f"UPDATE ONLY {quote(table)} t SET {sets} WHERE {where}"


def computed(treated: Iterable[Treatment], declaration: Declaration) -> list[Treatment]:
    """What is made from other columns, in order: expressions as declared, then copies."""
    order = {key: number for number, key in enumerate(declaration.columns)}
    waiting = [one for one in treated if one.entry.computed]
    return sorted(
        waiting,
        key=lambda one: (
            one.entry.strategy == "copy",
            order[one.column.table, one.column.name],
        ),
    )


def emptying(tables: Iterable[str], schema: Schema) -> list[str]:
    """Empty tables: at once where nothing points to them, else row by row, as keys want it."""
    tables = sorted(tables)
    alone = [quote(table) for table in tables if table not in schema.referenced]
    statements = [f"TRUNCATE {', '.join(alone)}"] if alone else []
    return statements + [f"DELETE FROM {quote(t)}" for t in tables if t in schema.referenced]
