"""`pipeline privacy slice --slice sale.order:1042`: the documents of given records."""

from __future__ import annotations

import pytest
from shop import CONFIRM, rows


def ids(sql, table: str) -> list[int]:
    return [one for (one,) in sql(f"SELECT id FROM {table} ORDER BY id")]


def test_a_document_comes_with_all_that_belongs_to_it(cut, sql, restored) -> None:
    code, said = cut("--slice=orders:50,customer:2222")
    assert code == 0, said
    assert restored() == ""
    assert "orders: 18 of 2000 rows" in said and "tables cut" in said
    # Each line points to one of three orders before; 1999 came with a module.
    kept = ids(sql, "orders")
    assert kept == ids(sql, "invoice") == [*range(2, 51, 3), 1999]
    assert {51, 2222, 2230} <= set(ids(sql, "customer"))
    [(lines,)] = sql(
        "SELECT count(*) FROM generate_series(1, 5000) n WHERE n / 3 + 1 IN (SELECT id FROM orders)"
    )
    assert rows(sql)["line"] == rows(sql)["line_tag_rel"] == lines
    named = "SELECT res_id FROM mail_message WHERE model = 'orders' ORDER BY 1"
    assert [one for (one,) in sql(named)] == kept
    # Of what nobody names there is nothing, whatever its schema.
    assert rows(sql)["ring_a"] == rows(sql)["ring_b"] == 0
    assert ids(sql, "customer") != [] and rows(sql)["stage"] == 5


def test_a_line_brings_its_document(cut, sql, restored) -> None:
    sql("INSERT INTO ir_model (model) VALUES ('line')")
    code, said = cut("--slice=line:301")
    assert code == 0 and restored() == "", said
    assert ids(sql, "orders") == [*range(2, 102, 3), 1999]
    assert {300, 301, 302} <= set(ids(sql, "line"))


def test_one_of_a_cycle_brings_the_other(cut, sql, restored) -> None:
    """The slice begins with ring_a elsewhere; here it is asked for the other one."""
    sql("INSERT INTO ir_model (model) VALUES ('ring.b'), ('ring.a')")
    code, said = cut("--slice=ring.b:7")
    assert code == 0 and restored() == "", said
    assert 7 in ids(sql, "ring_b") and 7 in ids(sql, "ring_a")


def test_one_of_a_partitioned_table(cut, sql, restored) -> None:
    sql("INSERT INTO ir_model (model) VALUES ('event')")
    code, said = cut("--slice=event:40, 4900")
    assert code == 0 and restored() == "", said
    assert {40, 4900} <= set(ids(sql, "event")) and len(ids(sql, "event")) < 1000


def test_a_small_table_is_cut_if_it_is_asked_for(cut, sql, restored) -> None:
    """As far as no table that is whole points to its rows."""
    sql("UPDATE orders SET invoice_id = NULL; DELETE FROM invoice WHERE id <> 60")
    sql('DELETE FROM seen; DELETE FROM event; DELETE FROM other."Odd name"')
    code, said = cut("--slice=orders:50", "--whole-up-to=1000000")
    assert code == 0 and restored() == "", said
    assert ids(sql, "orders") == sorted({*range(2, 51, 3), *range(3, 61, 3), 1999})
    assert rows(sql)["customer"] == 3010


def test_a_table_of_configuration_stays_whole(cut, sql) -> None:
    before = sql("SELECT count(*) FROM ir_model")
    sql("INSERT INTO ir_model (model) VALUES ('ir.model')")
    code, said = cut("--slice=ir.model:1")
    assert code == 0 and "ir_model:" not in said, said
    assert sql("SELECT count(*) - 1 FROM ir_model") == before


@pytest.mark.parametrize("check", [(), ("--check-records",)], ids=["cut", "check"])
@pytest.mark.parametrize(
    "records, said",
    [
        ("sale.order:1", "this database has no model sale.order"),
        ("orders:1,partner:1,crm.lead:2", "this database has no model crm.lead, partner"),
        ("mixin:1", "mixin has no rows of its own in this database"),
        ("orders:1,999999,customer:4000,1", "does not have the records orders:999999, customer:4"),
        ("orders:999999999999999999", "does not have the records orders:999999999999999999"),
        (f"orders:{','.join(map(str, range(2001, 2021)))}", "orders:2010 and 10 more"),
    ],
)
def test_what_is_not_there_is_named(cut, sql, records: str, said: str, check) -> None:
    sql("INSERT INTO ir_model (model) VALUES ('mixin')")
    before = rows(sql)
    code, answer = cut(f"--slice={records}", *check)
    assert code == 2 and said in answer and "what to do: " in answer and rows(sql) == before


def test_records_can_be_checked_alone(cut, sql) -> None:
    before = rows(sql)
    assert cut("--slice=orders:50", "--check-records") == (0, "")
    assert cut("--slice=1%", "--check-records") == (0, "")
    assert rows(sql) == before


def test_a_database_that_is_not_odoos_has_no_records(cut, sql) -> None:
    sql("DROP TABLE ir_model, ir_model_fields CASCADE")
    code, said = cut("--slice=orders:50")
    assert code == 2 and "this is not an Odoo database" in said


@pytest.mark.parametrize(
    "text",
    [
        ":1",
        "orders:",
        "orders:1,,2",
        "orders:0",
        "orders:-1",
        "orders:1;2",
        "1,orders:2",
        "orders:1x",
        "Orders:1",
        "orders.:1",
        "orders:1%",
        f"orders:{'9' * 19}",
    ],
)
def test_what_names_no_record_is_refused(run_pipeline, text: str) -> None:
    nowhere = ("privacy", "slice", "--database-url=host=/nowhere", CONFIRM, "--check-options")
    code, said = run_pipeline(*nowhere, f"--slice={text}")
    assert code == 2 and "does not name a record" in said and "sale.order:1042" in said
    assert run_pipeline(*nowhere, "--slice= orders:1, 2 ,res.partner:7")[0] == 0
