"""Look at an anonymized database: is every value one that its strategy makes, is it whole?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.anonymize import attachments, statements, system
from pipeline.anonymize.database import Database
from pipeline.anonymize.declaration import Declaration
from pipeline.anonymize.rules import emptied
from pipeline.anonymize.schema import Schema, quote
from pipeline.anonymize.treatment import Treatment

#: Tables that lose and gain rows beside those that the declaration empties.
_CHANGING = ("ir_config_parameter", "ir_mail_server", "ir_attachment")


def findings(
    database: Database, schema: Schema, treated: Iterable[Treatment], declaration: Declaration
) -> list[str]:
    """What should not be there: ``table.column: how many rows``. Values are never shown."""
    found = []
    for table, group in statements.by_table(treated):
        _, *numbers = database.rows(statements.counting(table, group, strange=True))[0]
        for one, number in zip(group, numbers, strict=True):
            if number:
                found.append(f"{one.column.label} ({one.entry.strategy}): {number} rows")
    for table in emptied(schema, declaration):
        if number := database.value(f"SELECT count(*) FROM {quote(table)}"):
            found.append(f"{table} (empty): {number} rows")
    counted = [
        (
            "attachments that are neither shipped nor replaced",
            attachments.strange(schema.tables["ir_attachment"]),
        ),
        ("parameters", system.strange_parameters(declaration.parameters)),
        *system.loud(schema),
    ]
    return found + [f"{what}: {n}" for what, query in counted if (n := database.value(query))]


def integrity(
    database: Database, schema: Schema, rows: Mapping[str, tuple[int, int]]
) -> dict[str, str]:
    """Name of each check and what is wrong; empty is good."""
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
    """Whether rows may go with those of an emptied table: relations of wizards and queues."""
    columns = schema.tables[table].values()
    return not schema.has(table, "id") and any(column.references for column in columns)


def _keys(database: Database) -> str:
    """PostgreSQL has checked each key as rows changed; this looks for keys that it was told not to
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
