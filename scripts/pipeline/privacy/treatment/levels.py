"""What a level does with kept columns, by their types: pure functions.

``demo`` moves a date within its month and multiplies an amount by the run's secret factor;
``public`` keeps of a date its month, or its year where it is a person's, has a factor for each
owner of amounts, and gives documents the numbers of others of their series. Dates keep their order
and nothing is rounded: an entry stays balanced, and no document is due before its date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.privacy.database.catalog import quote
from pipeline.privacy.database.schema import Column, Schema
from pipeline.privacy.declaration.exemptions import tables_with_people
from pipeline.privacy.declaration.load import ColumnRule
from pipeline.privacy.declaration.privacy import Privacy
from pipeline.privacy.treatment.expressions import SCHEMA, literal

Key = tuple[str, str]
#: Numbers that can be multiplied by a fraction.
_FRACTIONS = ("numeric", "float4", "float8")
_AUDIT_DATES = ("create_date", "write_date")
_AUDIT_USERS = ("create_uid", "write_uid")
#: The time of all changes at level ``public``.
_NEUTRAL = "2000-01-01 00:00:00"
#: At level ``public``, equal values of these are not replaced by equal ones; numbers of documents
#: are exchanged within their series.
_APART = frozenset(
    ("person", "first_name", "last_name", "company", "party", "street", "city", "zip", "number")
)

#: These, too, give a row what another one had; `sql` may do anything.
_EXCHANGING = ("shift", "period", "sql")

#: The days of each month are drawn, with repetition, and sorted: a later day never becomes an
#: earlier one. Several days that become one share its hours.
DAYS = f"""
CREATE UNLOGGED TABLE {SCHEMA}.day (old date PRIMARY KEY, new date, part int, parts int);
INSERT INTO {SCHEMA}.day
  WITH day AS (
    SELECT g::date AS old, date_trunc('month', g)::date AS month,
      row_number() OVER (PARTITION BY date_trunc('month', g) ORDER BY g) AS place
    FROM generate_series('1950-01-01'::timestamp, '2099-12-31', '1 day') g),
  drawn AS (
    SELECT month, n, row_number() OVER (PARTITION BY month ORDER BY n) AS place FROM (
      SELECT month, ({SCHEMA}.n('day', old::text)
        % count(*) OVER (PARTITION BY month))::int AS n FROM day) q)
  SELECT old, month + n, row_number() OVER (PARTITION BY month + n ORDER BY old) - 1,
    count(*) OVER (PARTITION BY month + n) FROM day JOIN drawn USING (month, place);
ANALYZE {SCHEMA}.day;
CREATE FUNCTION {SCHEMA}.shift(d date) RETURNS date LANGUAGE sql STABLE AS
  $$SELECT CASE WHEN isfinite(d) THEN coalesce((SELECT new FROM {SCHEMA}.day WHERE old = d),
    date_trunc('month', d::timestamp)::date) ELSE d END$$;
CREATE FUNCTION {SCHEMA}.shift(v timestamp) RETURNS timestamp LANGUAGE sql STABLE AS
  $$SELECT CASE WHEN isfinite(v) THEN coalesce(
    (SELECT date_trunc('hour', new + (part * interval '24 hours' + (v - old)) / parts)
     FROM {SCHEMA}.day WHERE old = v::date), date_trunc('month', v)) ELSE v END$$;
"""
#: A factor from 0.50 to 0.89 or from 1.11 to 1.90, for each owner: exact, so nothing is rounded.
FACTORS = f"""
CREATE FUNCTION {SCHEMA}.factor(owner text) RETURNS numeric LANGUAGE sql STABLE AS
  $$SELECT ((n + CASE WHEN n < 90 THEN 0 ELSE 21 END) / 100.0)::numeric(3, 2)
    FROM (SELECT 50 + {SCHEMA}.n('factor', owner) % 120 AS n) q$$;
CREATE UNLOGGED TABLE {SCHEMA}.factor AS SELECT {SCHEMA}.factor('') AS value;
"""


def wanted(
    schema: Schema, entries: Mapping[Key, ColumnRule], privacy: Privacy, author: int | None
) -> dict[Key, ColumnRule]:
    """The other treatment that the level asks for, by column; columns without one are left out.

    Args:
        schema: of the database.
        entries: the treatment of each column at level ``tests``.
        privacy: the level, and what it concerns.
        author: id of the user who has made every record at level ``public``; None: there is none.
    """
    if privacy.level == "tests":
        return {}
    people = tables_with_people(entries)
    found = {}
    for key, entry in entries.items():
        column = schema.tables[key[0]][key[1]]
        if key in privacy.fixed:
            continue
        if entry.strategy != "keep":
            if _is_apart(column, entry, schema, privacy):
                found[key] = replace(entry, apart=True)
            continue
        made = _public(column, people, author) if privacy.level == "public" else _demo(column)
        if made is None and _is_money(column, privacy):
            path = privacy.owners.get(column.table, "") if privacy.level == "public" else ""
            made = ColumnRule("scale", {"by": path} if path else {})
        if privacy.level == "public" and key in privacy.counters:
            made = _counter(column, privacy.counters[key])
        if made is not None:
            found[key] = replace(made, own=entry.own, reason="")
    return found


def _is_apart(column: Column, entry: ColumnRule, schema: Schema, privacy: Privacy) -> bool:
    public = privacy.level == "public" and (column.kind == "text" or entry.strategy != "number")
    return public and entry.strategy in _APART and schema.has(column.table, "id")


def _demo(column: Column) -> ColumnRule | None:
    return ColumnRule("shift") if column.kind == "date" else None


def _public(column: Column, people: frozenset[str], author: int | None) -> ColumnRule | None:
    if column.name in _AUDIT_USERS and column.references == "res_users" and author is not None:
        # Rows of the system stay: modules brought them.
        return ColumnRule("constant", {"value": str(author)}, f"t.{quote(column.name)} = 1")
    if column.name in _AUDIT_DATES and column.type == "timestamp":
        return ColumnRule("constant", {"value": _NEUTRAL})
    if column.kind == "date":
        return ColumnRule("period", {"of": "year" if column.table in people else "month"})
    return None


def _is_money(column: Column, privacy: Privacy) -> bool:
    money = column.ttype == "monetary" or (column.table, column.name) in privacy.money
    return money and column.type in _FRACTIONS


def _counter(column: Column, number: str) -> ColumnRule:
    digits = f"substring(t.{quote(number)} FROM '([0-9]{{1,9}})[^0-9]*$')::{column.type}"
    return ColumnRule("sql", {"value": f"coalesce({digits}, t.{quote(column.name)})"})


def setup(
    schema: Schema, entries: Mapping[Key, ColumnRule], series: Sequence[str]
) -> Iterator[str]:
    """The statements that create what these treatments need.

    Args:
        schema: of the database.
        entries: the treatment of each column.
        series: expressions of the numbers of documents.
    """
    used = {entry.strategy for entry in entries.values()}
    if "shift" in used:
        yield DAYS
    if "scale" in used:
        yield FACTORS
    mixed = [
        schema.tables[table][name]
        for (table, name), entry in entries.items()
        if _is_exchanged(entry)
    ]
    if mixed:
        yield _exchange(schema, mixed, series)


def _exchange(schema: Schema, columns: Sequence[Column], series: Sequence[str]) -> str:
    """The numbers of each series, in another order: what stands before the last digits, and behind
    them, is the same."""
    given = " UNION ".join(
        f"SELECT t.{quote(one.name)}::text AS v FROM {schema.rows(one.table)} t" for one in columns
    )
    known = " OR ".join(f"v ~ {literal(f'^({one})$')}" for one in series)
    order = f"{SCHEMA}.h('number', head || digits || tail)"
    return f"""
CREATE UNLOGGED TABLE {SCHEMA}.number AS
  WITH one AS (
    SELECT m[1] AS head, m[2] AS digits, m[3] AS tail
    FROM ({given}) given, regexp_match(v, '^(.*?)([0-9]{{1,9}})([^0-9]*)$') m
    WHERE m IS NOT NULL AND ({known})),
  pair AS (
    SELECT head, tail, unnest(array_agg(digits ORDER BY digits)) AS old,
      unnest(array_agg(digits ORDER BY {order})) AS new FROM one GROUP BY head, tail)
  SELECT head || old || tail AS old, head || new || tail AS new FROM pair;
CREATE UNIQUE INDEX ON {SCHEMA}.number (old) INCLUDE (new);
ANALYZE {SCHEMA}.number"""


def _is_exchanged(entry: ColumnRule) -> bool:
    return entry.strategy == "number" and entry.apart


def exchanging(entries: Mapping[Key, ColumnRule]) -> dict[str, list[str]]:
    """The columns whose new values other rows had: names by table."""
    found: dict[str, list[str]] = defaultdict(list)
    for (table, name), entry in entries.items():
        if entry.strategy in _EXCHANGING or _is_exchanged(entry):
            found[table].append(name)
    return found


def exchanged(field: str) -> str:
    """The number of another document of the series; what is not in a series stays."""
    other = f"(SELECT o.new FROM {SCHEMA}.number o WHERE o.old = {field}::text)"
    return f"coalesce({other}, {field})"


def shifted(column: Column, field: str) -> str:
    """Another day of the same month; a later day never becomes an earlier one."""
    if column.type == "timestamptz":
        return f"({SCHEMA}.shift({field} AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')"
    return f"{SCHEMA}.shift({field}::{column.type})"


def period(column: Column, field: str, of: str) -> str:
    """The first day of its month or year."""
    if column.type == "timestamptz":
        return f"(date_trunc({literal(of)}, {field} AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')"
    return f"date_trunc({literal(of)}, {field}::timestamp)::{column.type}"


def scaled(column: Column, field: str, schema: Schema, path: str) -> str:
    """An amount, multiplied by the factor of its owner, or by that of the run."""
    owner = _owner(schema, column.table, path) if path else ""
    factor = (
        f"{SCHEMA}.factor(coalesce({owner}::text, ''))"
        if owner
        else f"(SELECT value FROM {SCHEMA}.factor)"
    )
    return f"({field}::numeric * {factor})::{column.type}"


def _owner(schema: Schema, table: str, path: str) -> str:
    """SQL for the id that a path leads to; empty if the database does not have it."""
    value = ""
    for number, name in enumerate(path.split(".")):
        column = schema.tables.get(table, {}).get(name)
        if column is None:
            return ""
        here = f"o{number}"
        value = (
            f"(SELECT {here}.{quote(name)} FROM {schema.sql(table)} {here} "
            f"WHERE {here}.id = {value})"
            if value
            else f"t.{quote(name)}"
        )
        table = column.references
    return value
