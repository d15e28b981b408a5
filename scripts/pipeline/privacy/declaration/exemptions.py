"""Columns that need no declaration, because values of their type cannot identify a person."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.core.errors import CheckFailed, InputError
from pipeline.core.wording import counted, some_lines
from pipeline.privacy.database.schema import Column, Schema
from pipeline.privacy.declaration import suggest
from pipeline.privacy.declaration.field_types import other_type
from pipeline.privacy.declaration.load import ColumnRule, Declaration

#: A table has people if the names of some are replaced in it.
_NAMES = frozenset({"person", "first_name", "last_name", "party", "login"})
#: Odoo writes these on every row.
_AUDIT = ("create_date", "write_date")
_SHOWN = 40  # columns in one message
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

    Unclassified columns are missing in the result, and so are those that the package keeps as a
    field of another type.
    """
    gone = emptied(schema, declaration)
    entries = {}
    for column in schema.columns():
        if column.table in gone:
            continue
        key = (column.table, column.name)
        declared = declaration.columns.get(key)
        entry = declared if declared and not other_type(column, declared) else rule(column)
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


def require_classified(schema: Schema, declaration: Declaration) -> None:
    """Check that the declaration classifies every column. Raises CheckFailed."""
    if not schema.has("ir_model_fields", "name"):
        raise InputError("this is not an Odoo database", "give the name of an Odoo database")
    if missing := unclassified(schema, declaration):
        lines = some_lines([_undeclared(column, declaration) for column in missing], _SHOWN)
        raise CheckFailed(
            f"{counted(len(missing), 'column')} not declared:\n    " + "\n    ".join(lines),
            "decide, and put a line for each into anonymization.toml (`pipeline privacy classify`"
            " prints all suggestions)",
        )


def _undeclared(column: Column, declaration: Declaration) -> str:
    line = f"{column.label}: {suggest.line(column)}"
    declared = declaration.columns.get((column.table, column.name))
    return f"{line}  # {other_type(column, declared)}" if declared else line
