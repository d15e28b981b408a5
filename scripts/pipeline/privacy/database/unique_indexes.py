"""Unique indexes that are away while rows exchange their values.

PostgreSQL checks a unique index row by row: an UPDATE that gives each row the value of another one
fails at the first, although in the end no two are equal. Only a constraint that was declared
DEFERRABLE waits, and Odoo's are none.
Source: https://www.postgresql.org/docs/17/sql-createtable.html, "Non-Deferred Uniqueness
Constraints".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pipeline.privacy.database.catalog import Switch
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Schema

#: Primary keys, what a foreign key or a replica relies on, and indexes of partitions stay.
_STATEMENTS = """
SELECT CASE WHEN k.oid IS NULL THEN format('DROP INDEX %%s', i.indexrelid::regclass)
         ELSE format('ALTER TABLE %%s DROP CONSTRAINT %%I', i.indrelid::regclass, k.conname) END,
  CASE WHEN k.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
    ELSE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', i.indrelid::regclass, k.conname,
      pg_get_constraintdef(k.oid)) END,
  -- Odoo compares this comment with its code, and makes what has another one again.
  CASE WHEN k.oid IS NULL THEN format('COMMENT ON INDEX %%s IS %%L', i.indexrelid::regclass,
      obj_description(i.indexrelid, 'pg_class'))
    ELSE format('COMMENT ON CONSTRAINT %%I ON %%s IS %%L', k.conname, i.indrelid::regclass,
      obj_description(k.oid, 'pg_constraint')) END
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype = 'u'
WHERE i.indrelid = %s::regclass AND x.relname = %s AND x.relkind = 'i' AND NOT x.relispartition
  AND i.indisunique AND NOT i.indisprimary AND NOT i.indisreplident AND NOT EXISTS (
    SELECT FROM pg_constraint f WHERE f.conindid = i.indexrelid AND f.contype = 'f')"""


def away(
    database: Database, schema: Schema, columns: Mapping[str, Iterable[str]]
) -> Iterator[Switch]:
    """What drops the unique indexes of these columns, and creates them again.

    Args:
        database: an open connection.
        schema: of the database.
        columns: names by table.
    """
    for table, names in columns.items():
        for index in schema.indexes.get(table, ()):
            if index.columns.isdisjoint(names):
                continue
            for off, on, comment in database.rows(_STATEMENTS, (schema.sql(table), index.name)):
                yield Switch(off, f"{on}; {comment}")
