"""The foreign keys of a database, each with the tables that have the rows."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.privacy.database.catalog import quote
from pipeline.privacy.database.connection import Database


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key.

    Attributes:
        by: the table with the key; of a partition, the partitioned table.
        to: the table that it points to; likewise.
        columns: of ``by``, in order.
        keys: the columns of ``to`` that they equal.
        owned: no row of ``by`` exists without one of ``to``: not nullable, and deleted with it.
        by_rows: SQL of the rows that it constrains: it may belong to one partition alone.
        to_rows: SQL of the rows that it points to.
    """

    by: str
    to: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    owned: bool
    by_rows: str
    to_rows: str

    def selected(self, names: tuple[str, ...], alias: str) -> str:
        """Columns as SQL, of a table with this alias."""
        return ", ".join(f"{alias}.{quote(name)}" for name in names)


def _name(table: str, schema: str) -> str:
    return (
        f"CASE {schema}.nspname WHEN 'public' THEN {table}.relname::text "
        f"ELSE {schema}.nspname || '.' || {table}.relname END"
    )


def _rows(table: str, schema: str) -> str:
    only = f"CASE {table}.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END"
    return f"{only} || format('%I.%I', {schema}.nspname, {table}.relname)"


def _columns(table: str, numbers: str) -> str:
    return (
        f"array(SELECT a.attname::text FROM unnest(k.{numbers}) WITH ORDINALITY u (number, place) "
        f"JOIN pg_attribute a ON a.attrelid = {table}.oid AND a.attnum = u.number ORDER BY place)"
    )


_QUERY = f"""
SELECT {_name('cr', 'crn')}, {_name('fr', 'frn')}, {_columns('c', 'conkey')},
       {_columns('f', 'confkey')}, k.confdeltype = 'c' AND NOT EXISTS (
         SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey)
         AND NOT a.attnotnull), {_rows('c', 'cn')}, {_rows('f', 'fn')}
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
JOIN pg_class cr ON cr.oid = coalesce(pg_partition_root(c.oid), c.oid)
JOIN pg_namespace crn ON crn.oid = cr.relnamespace
JOIN pg_class fr ON fr.oid = coalesce(pg_partition_root(f.oid), f.oid)
JOIN pg_namespace frn ON frn.oid = fr.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY 1, 2, k.conname
"""


def foreign_keys(database: Database) -> tuple[ForeignKey, ...]:
    """Every foreign key; one of a partitioned table once, not for each partition."""
    return tuple(
        ForeignKey(by, to, tuple(columns), tuple(keys), owned, by_rows, to_rows)
        for by, to, columns, keys, owned, by_rows, to_rows in database.rows(_QUERY)
    )
