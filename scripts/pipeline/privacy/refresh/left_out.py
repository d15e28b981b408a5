"""Tables of PROD whose rows are not even fetched, because the anonymization would delete them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: Names that need no quoting for a shell, for SQL or in a pattern of pg_dump: all of Odoo's.
_SIMPLE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_PUBLIC = "n.nspname = 'public' AND c.relkind IN ('r', 'p')"
#: Tables that are neither partitioned nor inherit: pg_dump leaves out what it is told, and no more.
TABLES = f"""SELECT c.relname::text AS name FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_PUBLIC} AND c.relkind = 'r' AND NOT c.relispartition AND NOT EXISTS (
  SELECT FROM pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent)) ORDER BY 1"""
#: Foreign keys; `owned`: no row of the first table is there without one of the second.
KEYS = """SELECT c.relname::text AS "from", c.relnamespace = 'public'::regnamespace AS here,
  f.relname::text AS "to", k.confdeltype = 'c' AND bool_and(a.attnotnull) AS owned
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (k.conkey)
WHERE k.contype = 'f' AND f.relnamespace = 'public'::regnamespace AND k.conrelid <> k.confrelid
GROUP BY k.oid, c.oid, f.oid ORDER BY 1, 3"""


@dataclass(frozen=True)
class Key:
    """A foreign key between two tables; ``here``: the first is in ``public`` as well."""

    by: str
    here: bool
    to: str
    owned: bool

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Key:
        """From a row of :data:`KEYS`."""
        return cls(str(row["from"]), bool(row["here"]), str(row["to"]), bool(row["owned"]))


def left_out(
    emptied: Collection[str], tables: Collection[str], keys: Iterable[Key]
) -> tuple[str, ...]:
    """The tables to leave out, sorted: those that are emptied, and those whose rows go with theirs.
    One that a row of another table may point to is not among them: the copy would not be whole.

    Args:
        emptied: tables that the declaration empties.
        tables: the plain tables that there are.
        keys: all foreign keys.
    """
    usable, every = {name for name in tables if _SIMPLE.fullmatch(name)}, tuple(keys)
    found = usable.intersection(emptied)
    while (
        more := {
            key.by
            for key in every
            if key.owned and key.here and key.to in found and key.by in usable
        }
        - found
    ):
        found |= more
    while held := {
        key.to for key in every if key.to in found and not (key.here and key.by in found)
    }:
        found -= held
    return tuple(sorted(found))


def options(names: Iterable[str]) -> tuple[str, ...]:
    """The options of pg_dump."""
    return tuple(f"--exclude-table-data=public.{name}" for name in names)
