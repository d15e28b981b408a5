"""Records that a slice begins with: by model and id, as in Odoo's links."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.core.errors import InputError
from pipeline.core.wording import some_of
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Schema, read_schema

#: A model and an id, or a further id of the same model. Ids have at most as many digits as fit.
_ONE = re.compile(r"(?:([a-z0-9_]+(?:\.[a-z0-9_]+)*):)?(\d{1,18})")
_SHOWN = 10


def parse_records(text: str) -> dict[str, tuple[int, ...]]:
    """Read ``sale.order:1042,1043,res.partner:7``: the ids of each model, sorted, each once.

    Raises:
        InputError: it is not of this form.
    """
    found: dict[str, set[int]] = {}
    model = ""
    for part in text.split(","):
        match = _ONE.fullmatch(part.strip())
        model = (match[1] or model) if match else ""
        if not match or not model or not int(match[2]):
            raise InputError(
                f"{part.strip()[:80]!r} does not name a record",
                "give models and ids, such as sale.order:1042,1043,res.partner:7",
            )
        found.setdefault(model, set()).add(int(match[2]))
    return {model: tuple(sorted(ids)) for model, ids in found.items()}


def require_records(database: Database, records: Mapping[str, tuple[int, ...]]) -> None:
    """Check that a slice can begin with records. Raises InputError as :func:`find_records` does."""
    find_records(database, read_schema(database), records)


def find_records(
    database: Database, schema: Schema, records: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    """The ids of records by table, after it was checked that each of them is there.

    Args:
        database: of Odoo.
        schema: of this database.
        records: ids by Odoo's name of the model.

    Raises:
        InputError: Odoo has no such model, the model has no rows of its own, or no such record.
    """
    if not records:
        return {}
    if not schema.has("ir_model", "model"):
        raise InputError("this is not an Odoo database", "give the name of an Odoo database")
    models = {row[0] for row in database.rows("SELECT model FROM ir_model")}
    if unknown := sorted(records.keys() - models):
        raise InputError(
            f"this database has no model {', '.join(unknown)}",
            "give technical names, as Odoo's developer mode shows them, such as sale.order",
        )
    identities = (columns.get("id") for columns in schema.tables.values())
    tables = {column.model: column.table for column in identities if column}
    if without := sorted(records.keys() - tables.keys()):
        raise InputError(
            f"{', '.join(without)} has no rows of its own in this database",
            "name the records that it is computed from, or that inherit from it: an abstract model "
            "and a report have no table",
        )
    if missing := _missing(database, schema, {tables[one]: ids for one, ids in records.items()}):
        raise InputError(
            f"this database does not have the records {some_of(missing, _SHOWN)}",
            "check the ids; what the anonymization empties (logs, queues) has no records either",
        )
    return {tables[model]: ids for model, ids in records.items()}


def _missing(
    database: Database, schema: Schema, wanted: Mapping[str, tuple[int, ...]]
) -> list[str]:
    """The records that are not there, as ``sale.order:1042``."""
    missing: list[str] = []
    for table, ids in wanted.items():
        query = f"SELECT t.id FROM {schema.rows(table)} t WHERE t.id = ANY (%s::bigint[])"
        there = {row[0] for row in database.rows(query, [list(ids)])}
        model = schema.tables[table]["id"].model
        missing += [f"{model}:{one}" for one in ids if one not in there]
    return missing
