"""`pipeline privacy slice`: whatever the schema, every foreign key holds afterwards."""

from __future__ import annotations

import psycopg
import pytest
from shop import CONFIRM, rows


@pytest.mark.parametrize("share", ["--slice=1%", "--slice=20%", "--since=2026-10-01"])
def test_every_key_holds_and_most_rows_are_gone(cut, sql, restored, share: str) -> None:
    before = rows(sql)
    code, said = cut(share)
    assert code == 0, said
    after = rows(sql)
    assert restored() == ""
    assert after["stage"] == before["stage"] and after["pinned"] == before["pinned"]
    assert 1 < after["orders"] < before["orders"] and after["customer"] < before["customer"]
    # Documents are complete: each order that stays has all of its lines, and each line its order.
    [(lines,)] = sql(
        "SELECT count(*) FROM generate_series(1, 5000) n WHERE n / 3 + 1 IN "
        "(SELECT id FROM orders)"
    )
    assert after["line"] == after["line_tag_rel"] == lines
    assert sql("SELECT rows FROM total") == [(after["orders"],)]
    assert f"orders: {after['orders']} of 2000 rows" in said
    with pytest.raises(psycopg.errors.RaiseException):
        sql("DELETE FROM orders")  # the trigger is as before


def test_what_a_module_brought_and_what_names_a_record_follow(cut, sql) -> None:
    assert cut("--slice=1%")[0] == 0
    assert sql("SELECT count(*) FROM orders WHERE id = 1999") == [(1,)]
    assert sql("SELECT count(*) FROM ir_model_data WHERE module = 'site'") == [(1,)]
    for table in ("ir_model_data", "mail_message"):
        query = f"SELECT res_id FROM {table} WHERE model = 'orders' AND res_id <> 1999 ORDER BY 1"
        assert sql(query) == sql("SELECT id FROM orders WHERE id <> 1999 ORDER BY 1")
    assert sql("SELECT count(*) FROM mail_message WHERE coalesce(model, '') <> 'orders'") == [(2,)]


def test_since_keeps_what_was_created_then(cut, sql) -> None:
    newer = "SELECT count(*) FROM orders WHERE create_date >= '2026-10-01'"
    [(there,)] = sql(newer)
    assert there > 0 and cut("--since=2026-10-01")[0] == 0
    assert sql(newer) == [(there,)]
    # A table without that date keeps only what others point to.
    assert rows(sql)["seen"] == 0


def test_small_tables_are_whole(cut, sql) -> None:
    before = rows(sql)
    code, said = cut("--slice=5%", "--whole-up-to=4000")
    assert code == 0 and "line: " in said and "orders: " not in said
    after = rows(sql)
    assert after["orders"] == before["orders"] and after["line"] < before["line"]
    code, said = cut("--slice=5%", "--whole-up-to=1000000")
    assert code == 0 and "0 tables cut, to 0 of 0 rows" in said


def test_a_key_that_did_not_hold_changes_nothing(cut, sql) -> None:
    before = rows(sql)
    sql("SET session_replication_role = replica; DELETE FROM customer WHERE id = 17")
    code, said = cut("--slice=1%")
    assert code == 1 and "foreign keys do not hold after the slice: " in said
    assert "pinned (customer_id)" in said
    assert rows(sql) == before | {"customer": before["customer"] - 1}


@pytest.mark.parametrize(
    "more, said",
    [
        ((), "give one of --slice and --since"),
        (("--slice=1%", "--since=2026-01-01"), "give one of --slice and --since"),
        (("--slice=0%",), "is not a part of a database"),
        (("--slice=100%",), "is not a part of a database"),
        (("--slice=half",), "is not a part of a database"),
        (("--slice=1%", "--confirm=yes"), "the confirmation is not right"),
    ],
)
def test_what_is_not_clear_is_refused(cut, sql, more, said: str) -> None:
    before = rows(sql)
    code, answer = cut(*more)
    assert code == 2 and said in answer and rows(sql) == before


def test_options_are_checked_before_there_is_a_database(run_pipeline) -> None:
    nowhere = ("privacy", "slice", "--database-url=host=/nowhere", CONFIRM, "--check-options")
    assert run_pipeline(*nowhere, "--slice=2.5 %") == (0, "")
    assert run_pipeline(*nowhere, "--slice=2.5")[0] == 2
