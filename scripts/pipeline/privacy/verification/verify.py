"""Verify an anonymized database: could every value come from its strategy, and is it intact?

The rows are read and judged here, by code that is independent of the code that changed them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from pipeline.privacy.database.catalog import quote
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Column, Schema
from pipeline.privacy.declaration.exemptions import emptied
from pipeline.privacy.declaration.load import ColumnRule, Declaration
from pipeline.privacy.treatment import attachments, system
from pipeline.privacy.verification import judges

#: Tables whose number of rows changes, in addition to those that the declaration empties.
_CHANGING = ("ir_config_parameter", "ir_mail_server", "ir_attachment")
Entries = Mapping[tuple[str, str], ColumnRule]


def findings(
    database: Database, schema: Schema, entries: Entries, declaration: Declaration
) -> list[str]:
    """What should not be there: ``table.column: number of rows``. Values are never shown."""
    judging = judges.Judging.begin(database, schema, declaration)
    found = []
    listed = sorted(entries.items())
    for table, group in groupby(listed, lambda one: one[0][0]):
        columns = [(schema.tables[table][name], entry) for (_, name), entry in group]
        found += list(_strange(database, schema, table, columns, judging))
    for table in emptied(schema, declaration):
        if number := database.value(f"SELECT count(*) FROM {schema.rows(table)}"):
            found.append(f"{table} (empty): {number} rows")
    counted = [
        (
            "attachments that are neither shipped nor replaced",
            attachments.strange(database, schema, judging.shipped("ir.attachment")),
        ),
        ("parameters", system.strange_parameters(database, declaration.parameters)),
        *((what, database.value(query)) for what, query in system.loud(schema)),
        *((what, database.value(query)) for what, query in system.kept_secrets(schema)),
    ]
    return found + [f"{what}: {number}" for what, number in counted if number]


def _strange(
    database: Database,
    schema: Schema,
    table: str,
    columns: list[tuple[Column, ColumnRule]],
    judging: judges.Judging,
) -> Iterator[str]:
    """The values in one table's columns that should not be there."""
    judged = [
        (column, entry, judge)
        for column, entry in columns
        if (judge := judging.judge(column, entry)) is not None
    ]
    for column, entry in columns:
        if entry.strategy == "sql":  # its message is all that is known about it
            query = judges.differs(schema, column, entry)
            if number := database.value(query):
                yield f"{column.label} (sql): {number} rows"
    if not judged:
        return
    counts = [0] * len(judged)
    spared = [judging.spared(column, entry) for column, entry, _ in judged]
    selected = [_extra(schema, table)]
    for column, entry, _ in judged:
        selected.append(f"t.{quote(column.name)}::text")
        selected.append(f"coalesce(({entry.unless}), false)" if entry.unless else "false")
        copies = entry.strategy == "copy"
        selected.append(judges.copied(schema, column, entry) if copies else "NULL")
    query = f"SELECT {', '.join(selected)} FROM {schema.rows(table)} t"
    for identity, writer, *values in database.stream(query):
        for number, (_, _, judge) in enumerate(judged):
            text, stays, copied = values[3 * number : 3 * number + 3]
            if text is None or stays or spared[number](identity, writer):
                continue
            counts[number] += not judge(text, identity, copied)
    for (column, entry, _), number in zip(judged, counts, strict=True):
        if number:
            yield f"{column.label} ({entry.strategy}): {number} rows"


def _extra(schema: Schema, table: str) -> str:
    """The column that identifies the row's owner."""
    parts = ("id", "write_uid")
    return ", ".join(f"t.{quote(one)}" if schema.has(table, one) else "NULL" for one in parts)


def integrity(
    database: Database, schema: Schema, rows: Mapping[str, tuple[int, int]]
) -> dict[str, str]:
    """The name of each check, and what is wrong; empty is good."""
    moved = [
        f"{table}: {before} before, {after} after"
        for table, (before, after) in rows.items()
        if before != after and table not in _CHANGING and not _cascades(table, schema)
    ]
    return {
        "row counts are as before": "; ".join(moved),
        "foreign keys hold": _keys(database),
        "sequences are ahead of their tables": _sequences(database),
        "no module is half installed": _modules(database),
    }


def _cascades(table: str, schema: Schema) -> bool:
    """Whether rows may be deleted with an emptied table's: relations of wizards and queues."""
    columns = schema.tables[table].values()
    return not schema.has(table, "id") and any(column.references for column in columns)


def _keys(database: Database) -> str:
    """PostgreSQL checks each foreign key as rows change; this finds keys that it did not have to
    check."""
    bad = database.rows(
        "SELECT conrelid::regclass::text || '.' || conname FROM pg_constraint "
        "WHERE contype = 'f' AND NOT convalidated ORDER BY 1"
    )
    return "; ".join(row[0] for row in bad)


def _sequences(database: Database) -> str:
    owned = database.rows("""
        SELECT s.oid::regclass::text, t.oid::regclass::text, a.attname
        FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
        JOIN pg_class t ON t.oid = d.refobjid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
        WHERE d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass ORDER BY 1""")
    behind = []
    for sequence, table, column in owned:
        query = (
            f"SELECT (SELECT coalesce(max({quote(column)}), 0) FROM {table}) > "
            f"(SELECT last_value FROM {sequence})"
        )
        if database.value(query):
            behind.append(sequence)
    return "; ".join(behind)


def _modules(database: Database) -> str:
    rows = database.rows(
        "SELECT name || ' (' || state || ')' FROM ir_module_module "
        "WHERE state LIKE 'to %' ORDER BY 1"
    )
    return "; ".join(row[0] for row in rows)
