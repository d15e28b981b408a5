"""How many people could be recognized by what the anonymization keeps of them.

Whoever knows a kept value of somebody, such as a date or an amount, finds that person's row if no
other row has it. That is "singling out", the first of the three risks of WP29's opinion 05/2014 on
anonymisation techniques; a row is one of k if k rows agree in everything that is kept. Keys of
records are left out: they tell something only to those who have the original database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.privacy.database.catalog import quote
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Column, Schema
from pipeline.privacy.declaration.exemptions import tables_with_people
from pipeline.privacy.declaration.load import ColumnRule
from pipeline.privacy.treatment.expressions import literal

#: What leaves values as they were, or only those of a list or a form, or a part of them. A date or
#: an amount that was moved is none that anybody knows.
_KEEPING = frozenset({"keep", "known", "pattern", "selection", "numbers", "period"})
#: Groups of more rows take minutes to count.
MOST_ROWS = 1_000_000


@dataclass(frozen=True)
class Recognizable:
    """One table with people.

    Attributes:
        table: its name.
        rows: number of its rows.
        k: rows of the smallest group that agrees in all kept columns; 0 if it was not counted,
            or nothing is kept.
        unique: number of rows that are such a group alone.
        columns: by kept column, the number of rows that it alone distinguishes from all others;
            only those that distinguish some.
    """

    table: str
    rows: int
    k: int
    unique: int
    columns: dict[str, int]


def recognizable(
    database: Database, schema: Schema, entries: Mapping[tuple[str, str], ColumnRule]
) -> Iterator[Recognizable]:
    """Each table with people, by name; tables without rows are left out.

    Args:
        database: an open connection; only read.
        schema: of the database.
        entries: the treatment of each column.
    """
    for table, kept in told(schema, entries):
        somebody = person(schema, table) or "true"
        query = f"SELECT count(*) FROM {schema.rows(table)} t WHERE {somebody}"
        rows = int(database.value(query))
        if rows and (rows > MOST_ROWS or not kept):
            yield Recognizable(table, rows, 0, 0, {})
        elif rows:
            k, unique = _groups(database, schema, table, kept)
            # Whom one column distinguishes, all together do.
            singled = kept if unique else []
            counts = {one.name: _groups(database, schema, table, [one])[1] for one in singled}
            alone = {name: count for name, count in counts.items() if count}
            yield Recognizable(table, rows, k, unique, alone)


def too_few(
    database: Database, schema: Schema, columns: Mapping[str, list[Column]], k: int
) -> list[str]:
    """What is wrong with tables in which fewer than ``k`` rows agree in these columns."""
    found = []
    for table, told_by in columns.items():
        somebody = person(schema, table) or "true"
        rows = database.value(f"SELECT count(*) FROM {schema.rows(table)} t WHERE {somebody}")
        least, _ = _groups(database, schema, table, told_by)
        if 0 < least < min(k, int(rows)):
            found.append(f"{table}: {least} of {rows} rows agree")
    return found


def told(
    schema: Schema, entries: Mapping[tuple[str, str], ColumnRule]
) -> Iterator[tuple[str, list[Column]]]:
    """Each table with people, by name, and the columns that tell something about them."""
    people = tables_with_people(entries)
    for table in sorted(people):
        yield table, [
            column
            for name, column in sorted(schema.tables[table].items())
            if entries[table, name].strategy in _KEEPING and not _is_identity(column, people)
        ]


def person(schema: Schema, table: str) -> str:
    """SQL condition on ``t``: no module brought the row, so it may be somebody's. Empty: any."""
    model = next((one.model for one in schema.tables[table].values()), "")
    if not model or not schema.has(table, "id") or not schema.has("ir_model_data", "res_id"):
        return ""
    return (
        f"t.id NOT IN (SELECT d.res_id FROM ir_model_data d WHERE d.model = {literal(model)} "
        "AND d.res_id IS NOT NULL AND d.module IN (SELECT m.name FROM ir_module_module m))"
    )


def _is_identity(column: Column, people: frozenset[str]) -> bool:
    """A key of somebody's record, which tells something only about other rows of this database."""
    return column.key and (column.references == "" or column.references in people)


def _groups(
    database: Database, schema: Schema, table: str, columns: list[Column]
) -> tuple[int, int]:
    """The smallest group of rows that agree in the columns, and the number of groups of one row."""
    # As text: some types cannot be compared. Somebody without a value is not recognized by it.
    values = [f"t.{quote(column.name)}::text" for column in columns]
    known = " OR ".join(f"{value} IS NOT NULL" for value in values)
    somebody = person(schema, table) or "true"
    query = (
        "SELECT coalesce(min(n), 0), count(*) FILTER (WHERE n = 1) FROM "
        f"(SELECT count(*) AS n FROM {schema.rows(table)} t WHERE ({known}) AND {somebody} "
        f"GROUP BY {', '.join(values)}) one"
    )
    [(least, alone)] = database.rows(query)
    return int(least), int(alone)
