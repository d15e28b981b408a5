"""`pipeline privacy slice`: whatever the schema, every foreign key holds afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

import psycopg
import pytest
from postgres_server import PROGRAMS

from pipeline.cli.options.phrases import OVERWRITE

CONFIRM = f"--confirm={OVERWRITE.text}"
#: A business of any shape: 2000 orders of 3000 customers.
SHOP = """
CREATE TABLE stage (id int PRIMARY KEY, name text);
CREATE TABLE customer (id int PRIMARY KEY, parent_id int REFERENCES customer ON DELETE SET NULL,
  create_date timestamp, UNIQUE (id, create_date));
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer,
  stage_id int REFERENCES stage ON DELETE RESTRICT, invoice_id int, create_date timestamp);
CREATE TABLE invoice (id int PRIMARY KEY, order_id int REFERENCES orders ON DELETE SET NULL,
  create_date timestamp);
ALTER TABLE orders ADD FOREIGN KEY (invoice_id) REFERENCES invoice;
CREATE TABLE line (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders ON DELETE CASCADE,
  next_id int REFERENCES line);
CREATE TABLE line_tag_rel (line_id int NOT NULL REFERENCES line ON DELETE CASCADE,
  tag_id int NOT NULL REFERENCES stage ON DELETE CASCADE);
CREATE TABLE price (customer_id int, since timestamp, amount int,
  FOREIGN KEY (customer_id, since) REFERENCES customer (id, create_date) ON DELETE CASCADE);
CREATE TABLE event (id int, at date NOT NULL, line_id int REFERENCES line, PRIMARY KEY (id, at))
  PARTITION BY RANGE (at);
CREATE TABLE event_a PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2026-01-01')
  PARTITION BY RANGE (at);
CREATE TABLE event_aa PARTITION OF event_a DEFAULT;
CREATE TABLE event_b PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2036-01-01');
ALTER TABLE event_b ADD CONSTRAINT own FOREIGN KEY (line_id) REFERENCES line ON DELETE CASCADE;
CREATE TABLE seen (event_id int, at date, note text,
  FOREIGN KEY (event_id, at) REFERENCES event ON DELETE SET NULL);
CREATE TABLE pinned (customer_id int REFERENCES customer ON DELETE CASCADE);
CREATE TABLE ring_a (id int PRIMARY KEY, b_id int NOT NULL);
CREATE TABLE ring_b (id int PRIMARY KEY, a_id int NOT NULL REFERENCES ring_a ON DELETE CASCADE);
CREATE SCHEMA other;
CREATE TABLE other."Odd name" ("an id" int PRIMARY KEY,
  "the order" int REFERENCES orders ON DELETE CASCADE);
CREATE TABLE mail_message (id serial PRIMARY KEY, model varchar, res_id int,
  parent_id int REFERENCES mail_message);
INSERT INTO stage SELECT n, 'stage' FROM generate_series(1, 5) n;
INSERT INTO customer SELECT n, CASE WHEN n % 10 > 0 THEN n / 10 * 10 + 10 END,
  '2026-01-01'::date + n % 300 FROM generate_series(3010, 1, -1) n ORDER BY n % 10, n;
INSERT INTO orders SELECT n, n % 3000 + 1, n % 5 + 1, NULL, '2025-01-01'::date + n / 3
  FROM generate_series(1, 2000) n;
INSERT INTO invoice SELECT n, n, '2025-01-01'::date + n / 3 FROM generate_series(1, 2000) n;
UPDATE orders SET invoice_id = id;
INSERT INTO line SELECT n, n / 3 + 1, CASE WHEN n > 9 THEN n - 9 END
  FROM generate_series(1, 5000) n;
INSERT INTO line_tag_rel SELECT n, n % 5 + 1 FROM generate_series(1, 5000) n;
INSERT INTO price SELECT id, create_date, 1 FROM customer;
INSERT INTO price SELECT id, NULL, 1 FROM customer;
INSERT INTO event SELECT n, '2025-12-01'::date + n / 100, n FROM generate_series(1, 5000) n;
INSERT INTO seen SELECT id, at, 'a' FROM event;
INSERT INTO pinned VALUES (17), (18), (NULL);
ALTER TABLE ring_a ADD FOREIGN KEY (b_id) REFERENCES ring_b ON DELETE CASCADE
  DEFERRABLE INITIALLY DEFERRED;
INSERT INTO ring_a SELECT n, n % 1500 + 1 FROM generate_series(1, 1500) n;
INSERT INTO ring_b SELECT n, n FROM generate_series(1, 1500) n;
INSERT INTO other."Odd name" SELECT n, n FROM generate_series(1, 2000) n;
INSERT INTO ir_model (model) VALUES ('orders'), ('customer'), ('mail.message');
INSERT INTO ir_model_data (module, name, model, res_id) VALUES ('site', 'shipped', 'orders', 1999);
INSERT INTO ir_model_data (module, name, model, res_id)
  SELECT '__export__', 'o' || id, 'orders', id FROM orders;
INSERT INTO mail_message (model, res_id) SELECT 'orders', id FROM orders;
INSERT INTO mail_message (model, res_id) VALUES ('stage', 1), (NULL, NULL);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''no row is deleted here''; END';
CREATE TRIGGER refuse BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE MATERIALIZED VIEW total AS SELECT count(*) AS rows FROM orders;
"""


@pytest.fixture
def shop(sql) -> None:
    sql(SHOP)


@pytest.fixture
def cut(run_pipeline, dsn: str, shop) -> Callable[..., tuple[int, str]]:
    """Slice the database."""
    return lambda *more: run_pipeline("privacy", "slice", "--database-url", dsn, CONFIRM, *more)


@pytest.fixture
def restored(postgresql: str, dsn: str, tmp_path) -> Callable[[], str]:
    """Dump the database, and restore it with all constraints: what PostgreSQL says."""

    def run() -> str:
        place = {**os.environ, "PGHOST": postgresql, "PGUSER": "odoo"}
        with psycopg.connect(
            f"host={postgresql} user=odoo dbname=postgres", autocommit=True
        ) as server:
            server.execute("DROP DATABASE IF EXISTS slice_again")
            server.execute("CREATE DATABASE slice_again")
        file = str(tmp_path / "dump")
        for argv in (
            ["pg_dump", "--format=custom", f"--file={file}", "prod"],
            ["pg_restore", "--exit-on-error", "--dbname=slice_again", file],
        ):
            done = subprocess.run(
                [f"{PROGRAMS}/{argv[0]}", *argv[1:]], env=place, capture_output=True, text=True
            )
            if done.returncode:
                return done.stderr
        return ""

    return run


def rows(sql) -> dict[str, int]:
    """How many each table has."""
    names = ("stage", "customer", "orders", "invoice", "line", "line_tag_rel", "price", "event")
    more = ("seen", "pinned", "ring_a", "ring_b", 'other."Odd name"', "mail_message")
    return {name: sql(f"SELECT count(*) FROM {name}")[0][0] for name in (*names, *more)}


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
