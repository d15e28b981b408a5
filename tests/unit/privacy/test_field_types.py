"""A packaged reason to keep a column holds for the type of field that it was found for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.core.errors import CheckFailed
from pipeline.privacy.database.schema import Column, Schema
from pipeline.privacy.declaration import exemptions
from pipeline.privacy.declaration.field_types import lists, other_type, typed
from pipeline.privacy.declaration.load import ColumnRule, Declaration, load_declaration

TOTAL = ("sale_order", "amount_total")


@pytest.fixture(scope="module")
def default() -> Declaration:
    return load_declaration(None)


def live(key: tuple[str, str], ttype: str, kind: str = "text") -> Column:
    """A column as a database has it."""
    return Column(*key, kind, "varchar" if kind == "text" else "numeric", ttype=ttype)


def database(*columns: Column) -> Schema:
    """An Odoo database with these columns."""
    tables: dict[str, dict[str, Column]] = {}
    odoo = Column("ir_model_fields", "name", "text", "varchar", ttype="char")
    for one in (odoo, *columns):
        tables.setdefault(one.table, {})[one.name] = one
    return Schema(tables)


def test_every_kept_column_of_the_lists_is_kept_in_the_series_of_its_list(default) -> None:
    for file in lists().values():
        for key, ttype in typed(file.read_text(encoding="utf-8")):
            if rule := default.columns.get(key):
                assert not other_type(live(key, ttype), rule)


@pytest.mark.parametrize("ttype", ("char", "text", "html", "date", "selection", "json", "binary"))
def test_a_number_that_is_something_else_needs_a_decision(default, ttype) -> None:
    rule = default.columns[TOTAL]
    assert rule.strategy == "keep"
    said = other_type(live(TOTAL, ttype), rule)
    assert said == f"kept as `monetary` in Odoo 19.0; here it is `{ttype}`"


@pytest.mark.parametrize("ttype", ("monetary", "float", "integer"))
def test_a_number_stays_one_whatever_odoo_calls_it(default, ttype) -> None:
    assert not other_type(live(TOTAL, ttype), default.columns[TOTAL])


def test_the_type_in_postgresql_counts_where_odoo_has_no_such_field(default) -> None:
    rule = default.columns[TOTAL]
    assert not other_type(live(TOTAL, "", "number"), rule)
    assert "here it is `varchar`" in other_type(live(TOTAL, ""), rule)


def test_what_the_project_decides_and_what_is_replaced_hold_for_any_type(default) -> None:
    kept = ColumnRule("keep", reason="for a test", own=True)
    assert not other_type(live(TOTAL, "char"), kept)
    assert not other_type(
        live(("res_partner", "name"), "html"), default.columns["res_partner", "name"]
    )
    assert not other_type(live(("own", "note"), "char"), replace(kept, own=False))


def test_the_run_stops_with_its_name_and_the_reason(default) -> None:
    exemptions.require_classified(database(live(TOTAL, "monetary", "number")), _with_odoo(default))
    with pytest.raises(CheckFailed) as error:
        exemptions.require_classified(database(live(TOTAL, "char")), _with_odoo(default))
    assert "1 column not declared" in str(error.value)
    line = 'sale_order.amount_total: [tables.sale_order] amount_total = "label"'
    assert f"{line}  # kept as `monetary` in Odoo 19.0; here it is `char`" in str(error.value)


def _with_odoo(default: Declaration) -> Declaration:
    own = ColumnRule("keep", reason="for a test", own=True)
    return replace(default, columns={**default.columns, ("ir_model_fields", "name"): own})
