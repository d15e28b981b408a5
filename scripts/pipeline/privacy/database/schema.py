"""The live schema: every column of every table, with Odoo's data about its field.

Names go into SQL as in the catalog, quoted here and nowhere else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.core.errors import InputError
from pipeline.privacy.database import catalog
from pipeline.privacy.database.catalog import CheckConstraint, Index, Table, quote
from pipeline.privacy.database.connection import Database

#: PostgreSQL's type names, by kind.
_KINDS = {
    **dict.fromkeys(("varchar", "text", "bpchar", "name", "citext"), "text"),
    **dict.fromkeys(("json", "jsonb"), "json"),
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8"), "number"),
    **dict.fromkeys(("date", "timestamp", "timestamptz"), "date"),
    "bytea": "bytea",
    "bool": "bool",
}
#: Types whose values can identify a record: the types of keys.
_KEY_TYPES = ("int2", "int4", "int8", "uuid")
#: Odoo's own tables that are not named after their models.
_MODELS = {
    "ir_actions": "ir.actions.actions",
    "ir_act_window": "ir.actions.act_window",
    "ir_act_window_view": "ir.actions.act_window.view",
    "ir_act_report_xml": "ir.actions.report",
    "ir_act_url": "ir.actions.act_url",
    "ir_act_server": "ir.actions.server",
    "ir_act_client": "ir.actions.client",
}


@dataclass(frozen=True)
class Column:
    """A column of the database.

    Attributes:
        table: its table, with the schema when that is not ``public``.
        name: its name.
        kind: ``text``, ``json``, ``bytea``, ``number``, ``date``, ``bool`` or ``other``.
        type: PostgreSQL's name of the type; for a domain, that of its base type.
        nullable: whether it can be NULL.
        length: maximum length of a text; None without a limit.
        key: primary key, foreign key, or an id that points to a record according to Odoo.
        references: the table that a foreign key points to.
        model: Odoo's model of the table; empty if there is none.
        ttype: Odoo's type of the field; empty if Odoo has no such field.
        selection: the values of a selection that is the same in every database.
        cast: the type in SQL, with schema and quotes where needed.
        category: of the type, in PostgreSQL: ``A`` arrays, ``E`` enums, ``R`` ranges …
        labels: the values of an enum.
        unique: whether no two rows can have the same value.
        domain: whether its type is a domain, which can have its own constraints.
        related: the column that it copies, such as ``partner_id.name``; empty: none, or not the
            one of a record that the row points to.
    """

    table: str
    name: str
    kind: str
    type: str = ""
    nullable: bool = True
    length: int | None = None
    key: bool = False
    references: str = ""
    model: str = ""
    ttype: str = ""
    selection: tuple[str, ...] = ()
    cast: str = ""
    category: str = ""
    labels: tuple[str, ...] = ()
    unique: bool = False
    domain: bool = False
    related: str = ""

    @property
    def label(self) -> str:
        """``table.column``."""
        return f"{self.table}.{self.name}"


@dataclass(frozen=True)
class Schema:
    """Tables with their columns.

    A table is identified by its name, with the schema unless ``public``.

    Attributes:
        tables: columns by name, by table.
        places: the catalog's entry of each table.
        references: pairs of tables, one with a foreign key to the other, without self-references.
        transient: tables of Odoo's wizards, which contain only the state of dialogs.
        views: materialized views, which contain copies, as SQL, each after those that it reads.
        indexes: unique indexes and exclusion constraints by table.
        checks: CHECK constraints by table.
    """

    tables: Mapping[str, Mapping[str, Column]] = field(default_factory=dict)
    places: Mapping[str, Table] = field(default_factory=dict)
    references: frozenset[tuple[str, str]] = frozenset()
    transient: frozenset[str] = frozenset()
    views: tuple[str, ...] = ()
    indexes: Mapping[str, tuple[Index, ...]] = field(default_factory=dict)
    checks: Mapping[str, tuple[CheckConstraint, ...]] = field(default_factory=dict)

    def has(self, table: str, *columns: str) -> bool:
        """Whether a table with these columns exists."""
        return table in self.tables and all(name in self.tables[table] for name in columns)

    def columns(self) -> list[Column]:
        """All columns, by table and name."""
        return [self.tables[t][c] for t in sorted(self.tables) for c in sorted(self.tables[t])]

    def sql(self, table: str) -> str:
        """A table for SQL; PostgreSQL resolves a name that is not a table of the database."""
        return self.places[table].sql if table in self.places else quote(table)

    def rows(self, table: str) -> str:
        """The rows of a table itself:

        ONLY, because tables of Odoo's actions inherit from each other.
        """
        place = self.places.get(table)
        return self.sql(table) if place and place.partitioned else f"ONLY {self.sql(table)}"


def read_schema(database: Database) -> Schema:
    """The schema of a database. Generated columns are left out.

    Raises:
        InputError: something in it would pass writes on to another server, or hides rows.
    """
    places = catalog.tables(database)
    fields = _fields(database)
    odoo = fields is not None
    models = {row[0]: row[1] for row in database.rows(_MODEL_NAMES)} if odoo else {}
    models.update({table: model for table, model in _MODELS.items() if odoo})
    tables: dict[str, dict[str, Column]] = defaultdict(dict)
    for row in catalog.columns(database):
        model = models.get(row.table, "")
        ttype, selection, related = (fields or {}).get((model, row.name), ("", (), ""))
        pointing = ttype in ("many2one", "many2one_reference") or bool(row.references)
        tables[row.table][row.name] = Column(
            table=row.table,
            name=row.name,
            kind=_KINDS.get(row.type, "other"),
            type=row.type,
            nullable=row.nullable,
            length=row.length,
            key=row.primary or (pointing and row.type in _KEY_TYPES),
            references=row.references,
            model=model,
            ttype=ttype,
            selection=tuple(selection or ()),
            cast=row.cast,
            category=row.category,
            labels=row.labels,
            unique=row.unique,
            domain=row.domain,
            related=related or "",
        )
    transient = set()
    if odoo:
        wizards = {row[0] for row in database.rows("SELECT model FROM ir_model WHERE transient")}
        transient = {table for table in tables if models.get(table) in wizards}
    return Schema(
        tables=_copies(tables),
        places=places,
        references=catalog.references(database),
        transient=frozenset(transient),
        views=catalog.views(database),
        indexes=catalog.indexes(database),
        checks=catalog.checks(database),
    )


def _copies(tables: Mapping[str, dict[str, Column]]) -> dict[str, dict[str, Column]]:
    """Forget the related fields that no foreign key of the row leads to in one step."""
    return {
        table: {
            name: column if _one_step(column, tables) else replace(column, related="")
            for name, column in columns.items()
        }
        for table, columns in tables.items()
    }


def _one_step(column: Column, tables: Mapping[str, dict[str, Column]]) -> bool:
    through, _, name = column.related.partition(".")
    pointer = tables[column.table].get(through)
    source = tables.get(pointer.references, {}).get(name) if pointer else None
    return source is not None and source.type == column.type


def require_reachable(database: Database) -> None:
    """Check that writes stay in this database, and that all rows are visible.

    Raises:
        InputError: a foreign table, row-level security, or ambiguous names.
    """
    for query, what, fix in catalog.OBSTACLES:
        if found := [str(row[0]) for row in database.rows(query)]:
            raise InputError(f"{what}: {', '.join(found)}", fix)


def _fields(database: Database) -> dict[tuple[str, str], tuple[str, Any, str | None]] | None:
    """Odoo's fields by model and name; None when this is not an Odoo database."""
    if not database.value("SELECT to_regclass('public.ir_model_fields') IS NOT NULL"):
        return None
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in database.rows(_FIELDS)}


_MODEL_NAMES = "SELECT replace(model, '.', '_'), model FROM ir_model"

#: A selection that users can extend, or that code computes, has no complete list here.
_FIELDS = """
SELECT f.model, f.name, f.ttype, (
    SELECT array_agg(s.value ORDER BY s.sequence, s.id) FROM ir_model_fields_selection s
    WHERE s.field_id = f.id AND f.ttype = 'selection' AND f.state = 'base'),
    to_jsonb(f) ->> 'related'
FROM ir_model_fields f WHERE f.store"""
