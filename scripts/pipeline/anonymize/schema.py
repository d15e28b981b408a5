"""The live schema: every column of every table, and what Odoo knows about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.anonymize.database import Database

#: PostgreSQL's type names by what can be done with them.
_KINDS = {
    **dict.fromkeys(("varchar", "text", "bpchar", "name", "citext"), "text"),
    **dict.fromkeys(("json", "jsonb"), "json"),
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8"), "number"),
    **dict.fromkeys(("date", "timestamp", "timestamptz"), "date"),
    "bytea": "bytea",
    "bool": "bool",
}
#: Odoo's own tables whose names are not those of their models.
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
        type: PostgreSQL's name of the type.
        nullable: whether it can be NULL.
        length: the longest text it takes; None without a limit.
        key: primary key, foreign key, or an id that Odoo says points to a record.
        references: the table that a foreign key points to.
        model: Odoo's model of the table; empty where there is none.
        ttype: Odoo's type of the field; empty where Odoo knows no such field.
        selection: the values of a selection that is the same in every database.
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

    @property
    def label(self) -> str:
        """``table.column``."""
        return f"{self.table}.{self.name}"


@dataclass(frozen=True)
class Schema:
    """Tables with their columns.

    Attributes:
        tables: columns by name by table.
        referenced: tables that a foreign key of another table points to.
        transient: tables of Odoo's wizards, which hold dialogs and nothing else.
        views: materialized views, which hold copies.
    """

    tables: Mapping[str, Mapping[str, Column]] = field(default_factory=dict)
    referenced: frozenset[str] = frozenset()
    transient: frozenset[str] = frozenset()
    views: tuple[str, ...] = ()

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is such a table with these columns."""
        return table in self.tables and all(name in self.tables[table] for name in columns)

    def columns(self) -> list[Column]:
        """All columns, by table and name."""
        return [self.tables[t][c] for t in sorted(self.tables) for c in sorted(self.tables[t])]


def quote(name: str) -> str:
    """A name for SQL; ``schema.table`` becomes two."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def read(database: Database) -> Schema:
    """The schema of a database. Columns that PostgreSQL computes itself are left out."""
    fields = _fields(database)
    models = {row[0]: row[1] for row in database.rows(_MODEL_NAMES)} if fields is not None else {}
    models.update({table: model for table, model in _MODELS.items() if fields is not None})
    tables: dict[str, dict[str, Column]] = defaultdict(dict)
    for table, name, type_, nullable, length, primary, references in database.rows(_COLUMNS):
        model = models.get(table, "")
        ttype, selection = (fields or {}).get((model, name), ("", ()))
        tables[table][name] = Column(
            table=table,
            name=name,
            kind=_KINDS.get(type_, "other"),
            type=type_,
            nullable=nullable,
            length=length,
            key=primary or bool(references) or ttype in ("many2one", "many2one_reference"),
            references=references or "",
            model=model,
            ttype=ttype,
            selection=tuple(selection or ()),
        )
    referenced = frozenset(row[0] for row in database.rows(_REFERENCED))
    views = tuple(row[0] for row in database.rows(_VIEWS))
    transient = set()
    if fields is not None:
        wizards = {row[0] for row in database.rows("SELECT model FROM ir_model WHERE transient")}
        transient = {table for table in tables if models.get(table) in wizards}
    return Schema(dict(tables), referenced, frozenset(transient), views)


def _fields(database: Database) -> dict[tuple[str, str], tuple[str, Any]] | None:
    """Odoo's fields by model and name; None when this is no database of Odoo."""
    if not database.value("SELECT to_regclass('public.ir_model_fields') IS NOT NULL"):
        return None
    return {(row[0], row[1]): (row[2], row[3]) for row in database.rows(_FIELDS)}


_TABLE = """CASE n.nspname WHEN 'public' THEN c.relname::text
            ELSE n.nspname || '.' || c.relname END"""
_OURS = """n.nspname NOT IN ('pg_catalog', 'information_schema', 'pipeline_anonymization')
  AND n.nspname NOT LIKE 'pg\\_%'"""

_COLUMNS = f"""
SELECT {_TABLE}, a.attname::text, t.typname::text, NOT a.attnotnull,
       CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4
            THEN a.atttypmod - 4 END,
       EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'
               AND k.conkey = ARRAY[a.attnum] AND t.typname IN ('int4', 'int8')),
       (SELECT k.confrelid::regclass::text FROM pg_constraint k WHERE k.conrelid = c.oid
        AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum] LIMIT 1)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'f') AND a.attgenerated = '' AND {_OURS}
ORDER BY 1, a.attnum"""

_REFERENCED = f"""
SELECT DISTINCT {_TABLE} FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conrelid <> k.confrelid"""

_VIEWS = f"""
SELECT {_TABLE} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' AND {_OURS} ORDER BY 1"""

_MODEL_NAMES = "SELECT replace(model, '.', '_'), model FROM ir_model"

#: A selection that a person can extend, or that code computes, has no complete list here.
_FIELDS = """
SELECT f.model, f.name, f.ttype, (
    SELECT array_agg(s.value ORDER BY s.sequence, s.id) FROM ir_model_fields_selection s
    WHERE s.field_id = f.id AND f.ttype = 'selection' AND f.state = 'base')
FROM ir_model_fields f WHERE f.store"""
