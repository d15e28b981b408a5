"""PostgreSQL's catalog: tables, columns, constraints, views and triggers, by exact name."""

from __future__ import annotations

import graphlib
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.privacy.database.connection import Database

#: A table's name for people and in the declaration.
_NAME = """CASE n.nspname WHEN 'public' THEN c.relname::text
           ELSE n.nspname || '.' || c.relname END"""
_SQL = "format('%I.%I', n.nspname, c.relname)"
_OURS = """n.nspname NOT IN ('pg_catalog', 'information_schema', 'pipeline_anonymization')
  AND n.nspname NOT LIKE 'pg\\_%' AND NOT EXISTS (SELECT FROM pg_depend e
    WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')"""
_FROM = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
#: Rows are in plain and in partitioned tables, whose partitions are not treated separately.
_TABLES = f"c.relkind IN ('r', 'p') AND NOT c.relispartition AND {_OURS}"


def quote(name: str) -> str:
    """A name, quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Table:
    """A table: its name in SQL, and whether it is partitioned."""

    sql: str
    partitioned: bool = False


class Row(NamedTuple):
    """A column, as in the catalog."""

    table: str
    name: str
    type: str
    cast: str
    category: str
    nullable: bool
    length: int | None
    primary: bool
    references: str
    labels: tuple[str, ...]
    unique: bool
    domain: bool


@dataclass(frozen=True)
class Index:
    """A unique index or an exclusion constraint.

    Attributes:
        name: of the index.
        columns: the columns that it reads, including those in expressions and in its condition.
        keys: SQL of the unique keys, with columns by name.
        where: SQL condition of a partial index; empty: all rows.
        nulls: whether two NULLs count as equal.
    """

    name: str
    columns: frozenset[str]
    keys: tuple[str, ...]
    where: str
    nulls: bool


@dataclass(frozen=True)
class CheckConstraint:
    """A CHECK: its name, the columns it reads, and its condition."""

    name: str
    columns: frozenset[str]
    condition: str


def tables(database: Database) -> dict[str, Table]:
    """Every table with rows of its own."""
    query = f"SELECT {_NAME}, {_SQL}, c.relkind = 'p' FROM {_FROM} WHERE {_TABLES}"
    return {row[0]: Table(row[1], row[2]) for row in database.rows(query)}


def columns(database: Database) -> list[Row]:
    """The tables' columns, except generated ones."""
    rows = database.rows(f"""
        SELECT {_NAME}, a.attname::text, b.typname::text, format_type(a.atttypid, NULL),
               b.typcategory::text, NOT (a.attnotnull OR t.typnotnull),
               CASE WHEN b.typname IN ('varchar', 'bpchar') AND greatest(a.atttypmod, t.typtypmod)
                 > 4 THEN greatest(a.atttypmod, t.typtypmod) - 4 END,
               EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'
                 AND k.conkey = ARRAY[a.attnum] AND b.typname IN ('int2', 'int4', 'int8', 'uuid')),
               coalesce((SELECT {_NAME.replace('c.', 'f.').replace('n.', 'm.')}
                 FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid
                 JOIN pg_namespace m ON m.oid = f.relnamespace WHERE k.conrelid = c.oid
                 AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum] LIMIT 1), ''),
               coalesce((SELECT array_agg(l.enumlabel::text ORDER BY l.enumsortorder)
                 FROM pg_enum l WHERE l.enumtypid = b.oid), '{{}}'),
               EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique
                 AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum),
               t.typtype = 'd'
        FROM {_FROM} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
          AND NOT a.attisdropped AND a.attgenerated = ''
        JOIN pg_type t ON t.oid = a.atttypid
        CROSS JOIN LATERAL (
          WITH RECURSIVE below AS (SELECT t.oid, t.typbasetype, t.typname, t.typcategory
            UNION ALL SELECT d.oid, d.typbasetype, d.typname, d.typcategory
            FROM below JOIN pg_type d ON d.oid = below.typbasetype)
          SELECT oid, typname, typcategory FROM below WHERE typbasetype = 0) b
        WHERE {_TABLES} ORDER BY 1, a.attnum""")
    return [Row._make((*row[:9], tuple(row[9]), *row[10:])) for row in rows]


def references(database: Database) -> frozenset[tuple[str, str]]:
    """Pairs of tables: the first has a foreign key to the second."""
    other = _NAME.replace("c.", "f.").replace("n.", "m.")
    rows = database.rows(f"""
        SELECT DISTINCT {_NAME}, {other} FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace m ON m.oid = f.relnamespace
        WHERE k.contype = 'f' AND k.conrelid <> k.confrelid AND NOT c.relispartition""")
    return frozenset((row[0], row[1]) for row in rows)


def indexes(database: Database) -> dict[str, tuple[Index, ...]]:
    """Unique indexes and exclusion constraints that compare for equality, by table."""
    nulls = (
        "coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false)"  # from PostgreSQL 15 on
    )
    rows = database.rows(f"""
        SELECT {_NAME}, x.relname::text, coalesce(pg_get_expr(i.indpred, i.indrelid), ''), {nulls},
               array(SELECT pg_get_indexdef(i.indexrelid, k, true)
                     FROM generate_series(1, i.indnkeyatts) k),
               array(SELECT DISTINCT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid
                     AND (a.attnum = ANY (i.indkey::int2[]) OR EXISTS (SELECT FROM pg_depend d
                       WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                       AND d.refobjid = c.oid AND d.refobjsubid = a.attnum)))
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
        JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE i.indisunique AND {_TABLES} ORDER BY 1, 2""")
    found: dict[str, list[Index]] = defaultdict(list)
    for table, name, where, same, keys, read in rows:
        found[table].append(Index(name, frozenset(read), tuple(keys), where, same))
    return {table: tuple(some) for table, some in found.items()}


def checks(database: Database) -> dict[str, tuple[CheckConstraint, ...]]:
    """CHECK constraints by table."""
    rows = database.rows(f"""
        SELECT {_NAME}, k.conname::text, pg_get_expr(k.conbin, k.conrelid),
               array(SELECT a.attname::text FROM pg_attribute a
                     WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey))
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE k.contype = 'c' AND k.convalidated AND {_TABLES} ORDER BY 1, 2""")
    found: dict[str, list[CheckConstraint]] = defaultdict(list)
    for table, name, condition, read in rows:
        found[table].append(CheckConstraint(name, frozenset(read), condition))
    return {table: tuple(some) for table, some in found.items()}


def bound(database: Database) -> dict[tuple[str, str], str]:
    """Columns whose values other rows or the table's partitions rely on, and by what, by table and
    column: both sides of foreign keys, exclusion constraints, partition keys."""
    rows = database.rows(f"""
        SELECT {_NAME}, a.attname::text, what FROM (
          SELECT k.conrelid AS oid, unnest(k.conkey) AS place,
              'the foreign key ' || k.conname AS what
            FROM pg_constraint k WHERE k.contype = 'f'
          UNION ALL SELECT k.confrelid, unnest(k.confkey), 'the foreign key ' || k.conname
            FROM pg_constraint k WHERE k.contype = 'f'
          UNION ALL SELECT i.indrelid, d.refobjsubid, 'the constraint ' || k.conname
            FROM pg_constraint k JOIN pg_index i ON i.indexrelid = k.conindid
            JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid
              AND d.refobjsubid > 0 AND (d.classid = 'pg_class'::regclass AND d.objid = k.conindid
                OR d.classid = 'pg_constraint'::regclass AND d.objid = k.oid)
            WHERE k.contype = 'x'
          UNION ALL SELECT p.partrelid, d.refobjsubid, 'the partitions'
            FROM pg_partitioned_table p
            JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = p.partrelid
              AND d.refclassid = 'pg_class'::regclass AND d.refobjid = p.partrelid
              AND d.refobjsubid > 0
          UNION ALL SELECT p.partrelid, unnest(p.partattrs::int2[]), 'the partitions'
            FROM pg_partitioned_table p) held
        JOIN pg_attribute a ON a.attrelid = held.oid AND a.attnum = held.place
        JOIN pg_class c ON c.oid = held.oid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {_TABLES} ORDER BY 1, 2, 3""")
    return {(row[0], row[1]): row[2] for row in reversed(rows)}


def views(database: Database) -> tuple[str, ...]:
    """Populated materialized views, each after those that it reads, as SQL."""
    rows = database.rows(f"""
        SELECT c.oid::bigint, c.relkind = 'm' AND c.relispopulated, {_SQL},
               array(SELECT DISTINCT d.refobjid::bigint FROM pg_rewrite r JOIN pg_depend d
                 ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                 AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
                 WHERE r.ev_class = c.oid)
        FROM {_FROM} WHERE c.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog',
          'information_schema') ORDER BY 3""")
    reads = {row[0]: list(row[3]) for row in rows}
    filled = {row[0]: str(row[2]) for row in rows if row[1]}
    order = graphlib.TopologicalSorter(reads).static_order()
    return tuple(filled[oid] for oid in order if oid in filled)


class Switch(NamedTuple):
    """Statements that disable a trigger or a rule, or drop an index, and restore what was."""

    off: str
    on: str


def triggers(database: Database) -> list[Switch]:
    """User-defined triggers and rules: they could hide a row, copy it, or quote it."""
    rows = database.rows(f"""
        SELECT {_SQL}, 'TRIGGER', t.tgname::text, t.tgenabled::text FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgparentid = 0
          AND c.relkind IN ('r', 'p') AND {_OURS}
        UNION ALL
        SELECT {_SQL}, 'RULE', w.rulename::text, w.ev_enabled::text FROM pg_rewrite w
        JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND w.ev_enabled <> 'D' AND {_OURS} ORDER BY 1, 2, 3""")
    how = {"O": "", "R": "REPLICA ", "A": "ALWAYS "}
    return [
        Switch(
            f"ALTER TABLE {table} DISABLE {kind} {quote(name)}",
            f"ALTER TABLE {table} ENABLE {how[state]}{kind} {quote(name)}",
        )
        for table, kind, name, state in rows
    ]


#: Names of the tables that are on other servers.
FOREIGN_TABLES = f"SELECT {_SQL} AS name FROM {_FROM} WHERE c.relkind = 'f' AND {_OURS} ORDER BY 1"
#: What stops an anonymization before it changes anything: a query for names, a noun, the fix.
OBSTACLES = (
    (
        FOREIGN_TABLES,
        "tables of other servers, in which nothing is ever changed from here",
        "drop them in this copy (DROP FOREIGN TABLE …); a refresh makes its copy itself: there "
        "they have to leave PROD's database, for one of their own",
    ),
    (
        f"SELECT {_SQL} FROM {_FROM} WHERE c.relkind IN ('r', 'p') AND {_OURS} "
        "AND row_security_active(c.oid) ORDER BY 1",
        "row-level security hides rows of these tables from this role",
        "connect as a role that sees all rows (a superuser, or one with BYPASSRLS), or switch it "
        "off in this copy: ALTER TABLE … NO FORCE ROW LEVEL SECURITY",
    ),
    (
        f"SELECT {_NAME} FROM {_FROM} WHERE {_TABLES} GROUP BY 1 HAVING count(*) > 1 ORDER BY 1",
        "two tables go by one name, a schema's and one with a dot in it",
        "rename one of them in this copy",
    ),
)
