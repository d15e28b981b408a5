"""The statements of a run, in order, built from the treatments: pure functions."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from pipeline.privacy.database.schema import Schema
from pipeline.privacy.declaration.load import ColumnRule, Declaration
from pipeline.privacy.treatment.columns import Treatment, treat
from pipeline.privacy.treatment.expressions import Maker

Entries = Mapping[tuple[str, str], ColumnRule]


def treatments(schema: Schema, entries: Entries, maker: Maker) -> list[Treatment]:
    """The treatments, by table."""
    made = (
        treat(schema.tables[table][name], entry, schema, maker)
        for (table, name), entry in sorted(entries.items())
    )
    return [one for one in made if one is not None]


def by_table(treated: Iterable[Treatment]) -> Iterator[tuple[str, list[Treatment]]]:
    """Treatments grouped by table."""
    for table, group in groupby(treated, lambda one: one.column.table):
        yield table, list(group)


def counting(schema: Schema, table: str, treated: list[Treatment]) -> str:
    """One scan of a table: its number of rows, and how many each treatment changes."""
    filters = ", ".join(f"count(*) FILTER (WHERE {one.where})" for one in treated)
    return f"SELECT count(*), {filters} FROM {schema.rows(table)} t"


def update(schema: Schema, table: str, treated: list[Treatment]) -> str:
    """All columns of a table in one pass over it."""
    sets = ", ".join(f"{one.name} = {one.after}" for one in treated)
    where = " OR ".join(one.where for one in treated)
    return f"UPDATE {schema.rows(table)} t SET {sets} WHERE {where}"


def computed(treated: Iterable[Treatment], declaration: Declaration) -> list[Treatment]:
    """Columns computed from others, in order: expressions as declared, then copies."""
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
    """Empty tables: by TRUNCATE if no other table references them, otherwise by DELETE.

    DELETE goes from referencing to referenced tables, because a foreign key may restrict.
    """
    every = set(tables)
    at_once = set(every)
    while held := {to for by, to in schema.references if to in at_once and by not in at_once}:
        at_once -= held
    listed = [_alone(schema, table) for table in sorted(at_once)]
    statements = [f"TRUNCATE {', '.join(listed)}"] if listed else []
    pointing: dict[str, set[str]] = {table: set() for table in sorted(every - at_once)}
    for by, to in schema.references:
        if by in pointing and to in pointing:
            pointing[to].add(by)
    return statements + [f"DELETE FROM {_alone(schema, table)}" for table in _ordered(pointing)]


def _ordered(pointing: Mapping[str, set[str]]) -> list[str]:
    try:
        return list(graphlib.TopologicalSorter(pointing).static_order())
    except graphlib.CycleError:  # their foreign keys have to allow it
        return sorted(pointing)


def _alone(schema: Schema, table: str) -> str:
    return schema.rows(table)
