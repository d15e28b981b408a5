"""Cut a database to a slice that is closed over its foreign keys, in one transaction.

Rows are known by their place (``tableoid``, ``ctid``), which no statement here changes: that works
for tables without a primary key and for partitions. Each round looks only at what the last added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pipeline.core.errors import CheckFailed
from pipeline.privacy.copies.records import find_records
from pipeline.privacy.copies.slice_plan import SlicePlan, plan_slice
from pipeline.privacy.database import catalog
from pipeline.privacy.database.catalog import quote
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.foreign_keys import ForeignKey, foreign_keys
from pipeline.privacy.database.schema import Schema, read_schema, require_reachable
from pipeline.privacy.treatment.expressions import literal

#: Tables with at most this many rows are whole, unless their rows belong to those of another.
ABOVE = 1000
_INSTALLED = "SELECT name FROM ir_module_module WHERE state = 'installed'"


@dataclass(frozen=True)
class Share:
    """The rows that a slice begins with: a part of each root, those made since a day, or records.

    Attributes:
        percent: of the rows, more than 0; None: by date.
        since: rows created from this day on.
        records: ids by Odoo's name of their model; if there are any, nothing else counts.
    """

    percent: float | None = None
    since: date | None = None
    records: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass
class _Cut:
    """A slice under way: ``keep_<n>`` has the rows of a table that stay, and since which round."""

    database: Database
    schema: Schema
    plan: SlicePlan
    followers: Mapping[str, str]
    number: int = 0
    added: set[str] = field(default_factory=set)

    def keep(self, table: str) -> str:
        """The name of its table of kept rows."""
        return f"pg_temp.keep_{self.plan.cut.index(table)}"

    def add(self, table: str, rows: str, condition: str) -> None:
        """Keep the rows, called ``t``, that meet a condition. ``rows`` is SQL."""
        found = self.database.run(
            f"INSERT INTO {self.keep(table)} (o, c, n) SELECT t.tableoid, t.ctid, {self.number} "
            f"FROM {rows} t WHERE {condition} ON CONFLICT DO NOTHING"
        )
        if found:
            self.added.add(table)

    def holders(self, key: ForeignKey) -> str:
        """SQL of what the rows that the last round kept point to with a key."""
        newest = f"k.n = {self.number - 1}"
        return self._of(key.selected(key.columns, "r"), key.by_rows, key.by, newest)

    def owning(self, key: ForeignKey) -> str:
        """SQL of the rows that stay and can be pointed to with a key."""
        return self._of(key.selected(key.keys, "r"), key.to_rows, key.to, "true")

    def _of(self, selected: str, rows: str, table: str, condition: str) -> str:
        return (
            f"SELECT {selected} FROM {rows} r JOIN {self.keep(table)} k "
            f"ON k.o = r.tableoid AND k.c = r.ctid AND {condition}"
        )

    def begin(self, share: Share, given: Mapping[str, tuple[int, ...]]) -> None:
        """Keep what the slice begins with; ``given`` has the ids of given records by table."""
        for table in self.plan.cut:
            self.database.run(
                f"CREATE TEMP TABLE keep_{self.plan.cut.index(table)} "
                "(o oid, c tid, n int, PRIMARY KEY (o, c)) ON COMMIT DROP"
            )
            if shipped := _shipped(self.schema, table):
                self.add(table, self.schema.rows(table), shipped)
            if ids := given.get(table):
                self.add(table, self.schema.rows(table), f"t.id IN ({', '.join(map(str, ids))})")
            elif table in self.plan.roots:
                self.add(table, self.schema.rows(table), _begins(self.schema, table, share))
        for table, model in self.followers.items():
            named = ", ".join(literal(one) for one in sorted(self._models())) or "''"
            self.add(
                table,
                self.schema.rows(table),
                f"t.{model} IS NULL OR coalesce(t.res_id, 0) = 0 OR t.{model} NOT IN ({named})",
            )
        for key in self.plan.pointing:
            if key.by not in self.plan.cut:
                there = f"SELECT {key.selected(key.columns, 'r')} FROM {key.by_rows} r"
                self.add(key.to, key.to_rows, f"({key.selected(key.keys, 't')}) IN ({there})")

    def close(self) -> None:
        """Keep what follows from what was added, until nothing does."""
        while self.added:
            last, self.added = self.added, set()
            self.number += 1
            for key in self.plan.pointing:
                if key.by in last:
                    there = self.holders(key)
                    self.add(key.to, key.to_rows, f"({key.selected(key.keys, 't')}) IN ({there})")
            for table, owners in self.plan.owners.items():
                if any(key.to in last for key in owners):
                    self.add(
                        table,
                        self.schema.rows(table),
                        " AND ".join(
                            f"({key.selected(key.columns, 't')}) IN ({self.owning(key)})"
                            for key in owners
                        ),
                    )
            for table, model in self.followers.items():
                for name, of in self._models().items():
                    if of in last:
                        rows, newest = self.schema.rows(of), f"k.n = {self.number - 1}"
                        there = self._of("r.id", rows, of, newest)
                        named = f"t.{model} = {literal(name)} AND t.res_id IN ({there})"
                        self.add(table, self.schema.rows(table), named)

    def _models(self) -> dict[str, str]:
        """The tables that are cut, by the name of their model."""
        found = ((self.schema.tables[table].get("id"), table) for table in self.plan.cut)
        return {column.model: table for column, table in found if column and column.model}

    def delete(self) -> None:
        """Delete the other rows, and the external ids that point to them."""
        for table in self.plan.cut:
            self.database.run(
                f"DELETE FROM {self.schema.rows(table)} t WHERE NOT EXISTS (SELECT FROM "
                f"{self.keep(table)} k WHERE k.o = t.tableoid AND k.c = t.ctid)"
            )
        for model, table in self._models().items():
            self.database.run(
                f"DELETE FROM ir_model_data t WHERE t.model = {literal(model)} AND NOT EXISTS "
                f"(SELECT FROM {self.schema.rows(table)} r WHERE r.id = t.res_id)"
            )


def slice_rows(database: Database, share: Share, above: int = ABOVE) -> dict[str, tuple[int, int]]:
    """Cut a database, check every foreign key, and commit.

    Args:
        database: an open connection of a superuser.
        share: what the slice begins with.
        above: tables with more rows than this are cut.

    Returns:
        The number of rows of each table that was cut, before and after.

    Raises:
        InputError: something in it would pass deletions on, or hides rows; a record of the share
            is not there.
        CheckFailed: a foreign key would not hold; nothing was changed.
        ToolError: PostgreSQL refuses; likewise.
    """
    try:
        require_reachable(database)
        schema, keys = read_schema(database), foreign_keys(database)
        named = find_records(database, schema, share.records)
        rows, shipped = _count(database, schema)
        followers = _followers(schema)
        plan = plan_slice(rows, shipped, keys, above, followers, named)
        cut = _Cut(database, schema, plan, {t: m for t, m in followers.items() if t in plan.cut})
        cut.begin(share, named)
        cut.close()
        resting = catalog.triggers(database)
        for trigger in resting:
            database.run(trigger.off)
        # The closure leaves nothing to cascade, and each key is checked below, all rows at once.
        database.run("SET LOCAL session_replication_role = replica")
        cut.delete()
        database.run("SET LOCAL session_replication_role = origin")
        for trigger in resting:
            database.run(trigger.on)
        _require_keys(database, plan)
        for view in schema.views:
            database.run(f"REFRESH MATERIALIZED VIEW {view}")
        after = {table: _number(database, schema, table) for table in plan.cut}
        database.commit()
    finally:
        database.rollback()
    return {table: (rows[table], after[table]) for table in plan.cut}


def _number(database: Database, schema: Schema, table: str, condition: str = "true") -> int:
    query = f"SELECT count(*) FROM {schema.rows(table)} t WHERE {condition}"
    return int(database.value(query))


def _count(database: Database, schema: Schema) -> tuple[dict[str, int], dict[str, int]]:
    rows = {table: _number(database, schema, table) for table in schema.tables}
    shipped = {
        table: _number(database, schema, table, condition)
        for table in schema.tables
        if (condition := _shipped(schema, table))
    }
    return rows, shipped


def _shipped(schema: Schema, table: str) -> str:
    """SQL condition of the rows of a table that a module brought; empty: it has no model."""
    identity = schema.tables[table].get("id")
    if identity is None or not identity.model:
        return ""
    return (
        f"t.id IN (SELECT d.res_id FROM ir_model_data d WHERE d.model = {literal(identity.model)} "
        f"AND d.module IN ({_INSTALLED}))"
    )


def _followers(schema: Schema) -> dict[str, str]:
    """Tables whose rows name a record by its model and id, with the column of the model."""
    found: dict[str, str] = {}
    for table, columns in schema.tables.items():
        for model in ("res_model", "model"):
            if schema.has(table, model, "res_id") and columns[model].kind == "text":
                found.setdefault(table, quote(model))
    return found


def _begins(schema: Schema, table: str, share: Share) -> str:
    """SQL condition of the rows of a root that a slice begins with."""
    if share.percent is not None:
        place = "t.tableoid::text || t.ctid::text"
        return f"(hashtext({place}) & 2147483647) % 100000 < {round(share.percent * 1000)}"
    created = schema.tables[table].get("create_date")
    if created is None or created.kind != "date" or share.since is None:
        return "false"
    return f"t.create_date >= {literal(share.since.isoformat())}"


def _require_keys(database: Database, plan: SlicePlan) -> None:
    """Check every key to a table that was cut: no trigger did."""
    broken = []
    for key in plan.pointing:
        pairs = zip(key.columns, key.keys, strict=True)
        same = " AND ".join(f"r.{quote(theirs)} = t.{quote(own)}" for own, theirs in pairs)
        given = " AND ".join(f"t.{quote(own)} IS NOT NULL" for own in key.columns)
        if database.value(
            f"SELECT count(*) FROM {key.by_rows} t WHERE {given} AND NOT EXISTS "
            f"(SELECT FROM {key.to_rows} r WHERE {same})"
        ):
            broken.append(f"{key.by} ({', '.join(key.columns)})")
    if broken:
        raise CheckFailed(
            f"foreign keys do not hold after the slice: {'; '.join(broken)}",
            "they may not hold in the database itself; nothing was changed",
        )
