"""Columns that need no declaration, because values of their type cannot identify a person."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.privacy.database.schema import Column, Schema
from pipeline.privacy.declaration.load import ColumnRule, Declaration

#: A table has people if the names of some are replaced in it.
_NAMES = frozenset({"person", "first_name", "last_name", "party", "login"})
#: Odoo writes these on every row.
_AUDIT = ("create_date", "write_date")
_NOTHING = ColumnRule("keep", reason="its type says nothing about a person")


def rule(column: Column) -> ColumnRule | None:
    """The treatment of an undeclared column; None: it has to be declared.

    Keys, booleans and the two timestamps that Odoo keeps for every row stay. A selection whose
    values are fixed in code stays as well, and any other value in it is replaced.
    """
    if column.key or column.kind == "bool":
        return _NOTHING
    if column.kind == "json" and column.ttype == "many2one":
        # A key per company: ids stay, any other content goes.
        return ColumnRule("numbers")
    if column.name in _AUDIT and column.kind == "date":
        return _NOTHING
    if column.selection and column.kind == "text":
        return ColumnRule("selection")
    return None


def resolve_rules(schema: Schema, declaration: Declaration) -> dict[tuple[str, str], ColumnRule]:
    """The treatment of each column of the live schema that is not in an emptied table.

    Unclassified columns are missing in the result.
    """
    gone = emptied(schema, declaration)
    entries = {}
    for column in schema.columns():
        if column.table in gone:
            continue
        key = (column.table, column.name)
        entry = declaration.columns.get(key) or rule(column)
        if entry is not None:
            entries[key] = entry
    return entries


def emptied(schema: Schema, declaration: Declaration) -> dict[str, str]:
    """The tables of the live schema to be emptied, with the reason."""
    wizards = dict.fromkeys(schema.transient, "a wizard: open dialogs and nothing else")
    wizards = {
        table: reason
        for table, reason in wizards.items()
        if not any(there == table for there, _ in declaration.columns)
    }
    declared = {t: reason for t, reason in declaration.empty.items() if t in schema.tables}
    return wizards | declared


def unclassified(schema: Schema, declaration: Declaration) -> list[Column]:
    """The columns of the live schema that neither a rule nor the declaration classifies."""
    known, gone = resolve_rules(schema, declaration), emptied(schema, declaration)
    return [
        column
        for column in schema.columns()
        if column.table not in gone and (column.table, column.name) not in known
    ]


def tables_with_people(entries: Mapping[tuple[str, str], ColumnRule]) -> frozenset[str]:
    """The tables that have people, by the treatment of their columns."""
    return frozenset(table for (table, _), entry in entries.items() if entry.strategy in _NAMES)
