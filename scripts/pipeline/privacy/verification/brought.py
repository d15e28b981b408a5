"""Data that modules created, read from the database: paths of pages, views, words in sequences."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from pipeline.privacy.database.catalog import quote
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Schema
from pipeline.privacy.declaration.load import Declaration

#: Tables, columns, and their model if people create rows as well.
_PATHS = (
    ("website_menu", "url", "website.menu"),
    ("website_page", "url", "website.page"),
    ("theme_website_menu", "url", ""),
    ("theme_website_page", "url", ""),
    ("website_route", "path", ""),
)


def read(database: Database, schema: Schema, declaration: Declaration) -> dict[str, frozenset[str]]:
    """Allowed ``paths``, ``views`` and ``codes``."""
    modules = {row[0] for row in database.rows("SELECT name FROM public.ir_module_module")}
    records: dict[str, set[object]] = defaultdict(set)
    views: set[str] = set()
    for model, record, module, name in database.rows(
        "SELECT model, res_id, module, name FROM public.ir_model_data WHERE model IN "
        "('ir.ui.view', 'website.menu', 'website.page', 'ir.sequence')"
    ):
        if module in modules:
            records[model].add(record)
            if model == "ir.ui.view":
                views.add(f"{module}.{name}")
    of_views = _texts(database, schema, "ir_ui_view", ("key",), records["ir.ui.view"], True)
    paths = set(declaration.paths)
    for table, column, model in _PATHS:
        mine = records[model] if model else None
        paths.update(_texts(database, schema, table, (column,), mine))
    codes = {code.upper() for code in declaration.codes}
    affixes = ("prefix", "suffix")
    for text in _texts(database, schema, "ir_sequence", affixes, records["ir.sequence"]):
        codes |= {word.rstrip("0123456789").upper() for word in _split(text)}
    return {
        "paths": frozenset(paths),
        "views": frozenset(views.union(of_views)),
        "codes": frozenset(codes - {""}),
    }


def _split(affix: str) -> list[str]:
    return re.split(r"[\W_]+", re.sub(r"%\(\w+\)s", " ", affix))


def _texts(
    database: Database,
    schema: Schema,
    table: str,
    columns: tuple[str, ...],
    records: set[object] | None,
    by_anybody: bool = False,
) -> Iterator[str]:
    """Texts in columns: of all rows, or of these records if only the system user wrote them."""
    if not schema.has(table, *columns) or records is not None and not schema.has(table, "id"):
        return
    identity = "id" if records is not None else "NULL"
    writer = "write_uid" if schema.has(table, "write_uid") else "NULL"
    listed = ", ".join(quote(column) for column in columns)
    query = f"SELECT {identity}, {writer}, {listed} FROM {schema.rows(table)}"
    for record, who, *texts in database.stream(query):
        if records is None or record in records and (by_anybody or who in (None, 1)):
            yield from (text for text in texts if text)
