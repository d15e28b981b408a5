"""A level on a live database: what its constraints allow, and whom the kept columns single out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pipeline.privacy.anonymize import preflight
from pipeline.privacy.database import catalog
from pipeline.privacy.database.catalog import quote
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Column, Schema
from pipeline.privacy.declaration.load import ColumnRule
from pipeline.privacy.declaration.privacy import Privacy
from pipeline.privacy.treatment import levels, statements
from pipeline.privacy.treatment.columns import Treatment
from pipeline.privacy.treatment.expressions import SCHEMA, Maker
from pipeline.privacy.verification import singling_out

Key = tuple[str, str]
Entries = Mapping[Key, ColumnRule]
_FIRST_USER = "SELECT min(id) FROM res_users WHERE id > 1"


def apply_level(
    database: Database, schema: Schema, entries: Entries, privacy: Privacy, maker: Maker
) -> tuple[dict[Key, ColumnRule], dict[Key, str]]:
    """The treatment of each column at a level, and the columns that it would concern and that
    stay, each with what holds them.

    What the treatments need is created in the run's schema; no table is changed.
    """
    users = privacy.level == "public" and schema.has("res_users", "id")
    author = database.value(_FIRST_USER) if users else None
    wanted = levels.wanted(schema, entries, privacy, author)
    series = [maker.numbers.expression, *(one.expression for one in maker.numbers.renamed)]
    for statement in levels.setup(schema, {**entries, **wanted}, series):
        database.run(statement)
    left: dict[Key, str] = {}
    if not wanted:
        return dict(entries), left
    held = catalog.bound(database)
    left = {
        key: held[key]
        for key, entry in wanted.items()
        if key in held and not (entry.unless and schema.tables[key[0]][key[1]].references)
    }
    tables = {table for table, _ in wanted}
    before: set[Key] | None = None
    while True:
        made = {**entries, **{key: rule for key, rule in wanted.items() if key not in left}}
        new = _problems(database, schema, made, tables, maker)
        if new and before is None:
            before = {*_problems(database, schema, entries, tables, maker)}
        new = {key: what for key, what in new.items() if key not in (before or ())}
        if not new:
            return made, left
        for (table, name), what in new.items():
            blamed = [(table, name)] if (table, name) in wanted.keys() - left.keys() else []
            for key in blamed or [key for key in wanted if key[0] == table]:
                left.setdefault(key, what)
        tables = {table for table, _ in new}


def _problems(
    database: Database, schema: Schema, entries: Entries, tables: set[str], maker: Maker
) -> dict[Key, str]:
    some = {key: entry for key, entry in entries.items() if key[0] in tables}
    return preflight.problems(database, schema, statements.treatments(schema, some, maker))


@dataclass
class Crowd:
    """Who is one of few gets the most common values, so that each is one of at least ``k``.

    Attributes:
        columns: by table, the columns that tell something about people and may change.
        rows: by table, the number of rows that get a value of others.
        left: columns that tell something and may not change, with what holds them.
    """

    columns: dict[str, list[Column]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    left: dict[Key, str] = field(default_factory=dict)
    _places: dict[Key, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, database: Database, schema: Schema, entries: Entries, privacy: Privacy, maker: Maker
    ) -> Crowd:
        """Look for those who are one of few, by what would become of them.

        Args:
            database: an open connection; only the run's schema is changed.
            schema: of the database.
            entries: the treatment of each column, without those of emptied tables.
            privacy: the number of rows that have to agree.
            maker: of the new values.
        """
        crowd = cls()
        held = catalog.bound(database)
        made = statements.treatments(schema, entries, maker)
        for number, (table, told) in enumerate(singling_out.told(schema, entries)):
            free = []
            for column in told:
                key = (table, column.name)
                if reason := _stays(column, privacy, held.get(key, "")):
                    crowd.left[key] = reason
                else:
                    free.append(column)
            if free and not schema.has(table, "id"):
                crowd.left.update({(table, one.name): "it has no id" for one in free})
                continue
            group = [one for one in made if one.column.table == table and not one.entry.computed]
            crowd._gather(database, schema, number, table, free, group, privacy.k)
        return crowd

    def _gather(
        self,
        database: Database,
        schema: Schema,
        number: int,
        table: str,
        free: list[Column],
        group: list[Treatment],
        k: int,
    ) -> None:
        """Collect the rows of one table; columns that constraints do not let change are left."""
        while free:
            order, rows = _collect(database, schema, number, table, free, group, k)
            for place, column in enumerate(order, 1):
                self._places[table, column.name] = (number, place)
            bad = preflight.problems(database, schema, self.over(group, free))
            if not bad:
                self.columns[table], self.rows[table] = free, rows
                return
            names = {name for _, name in bad} & {one.name for one in free}
            for column in [one for one in free if not names or one.name in names]:
                self.left[table, column.name] = next(iter(bad.values()))
                del self._places[table, column.name]
            free = [one for one in free if (table, one.name) in self._places]

    def over(self, treated: list[Treatment], also: list[Column] | None = None) -> list[Treatment]:
        """The treatments, with the common values over those of rows that are one of few.

        Args:
            treated: by table.
            also: the columns to add where there is no treatment; None: all.
        """
        columns = [one for some in self.columns.values() for one in some] if also is None else also
        if not columns:
            return treated
        there = {(one.column.table, one.column.name): one for one in treated}
        for column in columns:
            key = (column.table, column.name)
            number, place = self._places[key]
            rare = (
                f"coalesce((SELECT r.step FROM {SCHEMA}.rare{number} r WHERE r.id = t.id) "
                f">= {place}, false)"
            )
            common = f"(SELECT m.c{place} FROM {SCHEMA}.mode{number} m)::{column.cast}"
            if one := there.get(key):
                value = f"CASE WHEN {rare} THEN {common} ELSE {one.after} END"
                there[key] = replace(one, where=f"({one.where} OR {rare})", value=value)
            else:
                there[key] = Treatment(column, ColumnRule("keep"), rare, common)
        return [there[key] for key in sorted(there)]


def _stays(column: Column, privacy: Privacy, held: str) -> str:
    """Why a column does not get a common value; empty: it may."""
    if (column.table, column.name) in privacy.fixed:
        return "it is declared as fixed"
    if column.references == "res_company":
        return "it is the company that the documents of the row agree with"
    return "" if column.references else held


def _collect(
    database: Database,
    schema: Schema,
    number: int,
    table: str,
    free: list[Column],
    group: list[Treatment],
    k: int,
) -> tuple[list[Column], int]:
    """Find the rows that are one of few. The columns, those that distinguish most first, and the
    number of rows that change."""
    after = {one.column.name: one.after for one in group}
    values = [f"({after.get(one.name, f't.{quote(one.name)}')})::text" for one in free]
    person = singling_out.person(schema, table)
    where = f" WHERE {person}" if person else ""
    drawn = ", ".join(f"{value} AS v{n}" for n, value in enumerate(values))
    names = [f"v{n}" for n in range(len(free))]
    rare, mode = f"{SCHEMA}.rare{number}", f"{SCHEMA}.mode{number}"
    database.run(f"DROP TABLE IF EXISTS {rare}, {mode}")
    database.run(
        f"CREATE UNLOGGED TABLE {rare} AS SELECT t.id, 0 AS step, {drawn} "
        f"FROM {schema.rows(table)} t{where}"
    )
    counts = ", ".join(f"count(DISTINCT {name})" for name in names)
    [distinct] = database.rows(f"SELECT {counts} FROM {rare}")
    order = sorted(range(len(free)), key=lambda n: (-distinct[n], free[n].name))
    for place, n in enumerate(order, 1):
        database.run(f"ALTER TABLE {rare} RENAME COLUMN v{n} TO c{place}")
    places = [f"c{place}" for place in range(1, len(free) + 1)]
    modes = ", ".join(
        f"(SELECT {name} FROM {rare} GROUP BY {name} ORDER BY count(*) DESC, {name} LIMIT 1) "
        f"AS {name}"
        for name in places
    )
    database.run(f"CREATE UNLOGGED TABLE {mode} AS SELECT {modes}")
    database.run(f"CREATE UNIQUE INDEX ON {rare} (id)")
    for statement in _steps(rare, mode, places, k):
        if not database.run(statement):
            break
    while database.run(_one_more(rare, mode, places, k)):
        pass
    rows = int(database.value(f"SELECT count(*) FROM {rare} WHERE step > 0"))
    database.run(f"ANALYZE {rare}")
    return [free[n] for n in order], rows


def _steps(rare: str, mode: str, places: list[str], k: int) -> Iterator[str]:
    """Statements: the rows in too small groups lose one column more."""
    listed = ", ".join(places)
    for number, name in enumerate(places, 1):
        yield (
            f"UPDATE {rare} r SET {name} = m.{name}, step = {number} FROM {mode} m, "
            f"(SELECT id, count(*) OVER (PARTITION BY {listed}) AS n FROM {rare}) g "
            f"WHERE g.id = r.id AND g.n < {k}"
        )


def _one_more(rare: str, mode: str, places: list[str], k: int) -> str:
    """The statement that adds the smallest group to those who have nothing but common values, if
    they are too few."""
    every = ", ".join(f"{name} = m.{name}" for name in places)
    has, common = (", ".join(f"{one}.{name}" for name in places) for one in "rm")
    grouped = (
        f"SELECT r.id, count(*) OVER (PARTITION BY {has}) AS n, ROW({has})::text AS has, "
        f"ROW({common})::text AS common FROM {rare} r, {mode} m"
    )
    return (
        f"WITH g AS ({grouped}), least AS (SELECT has FROM g WHERE has <> common "
        f"AND EXISTS (SELECT FROM g WHERE n < {k}) ORDER BY n, has LIMIT 1) "
        f"UPDATE {rare} r SET {every}, step = {len(places)} FROM {mode} m, g, least "
        "WHERE g.id = r.id AND g.has = least.has"
    )
