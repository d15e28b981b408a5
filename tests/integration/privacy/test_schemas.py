"""Schemas as people have them: names, types, constraints, policies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.cli.options.phrases import OVERWRITE

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]
CONFIRM = ("--confirm", OVERWRITE.text)


def test_row_level_security_is_refused_for_whom_it_hides_rows(
    sql: Sql, dsn: str, run_pipeline: Pipeline, project: Path, anonymize: Pipeline
) -> None:
    sql("""DO $$ BEGIN CREATE ROLE app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        INSERT INTO res_partner (name, is_company) VALUES ('Qyra', false), ('Reed', true);
        ALTER TABLE res_partner OWNER TO app; GRANT ALL ON ALL TABLES IN SCHEMA public TO app;
        GRANT CREATE ON DATABASE prod TO app;
        ALTER TABLE res_partner ENABLE ROW LEVEL SECURITY;
        ALTER TABLE res_partner FORCE ROW LEVEL SECURITY;
        CREATE POLICY p ON res_partner USING (is_company)""")
    hidden = dsn.replace("user=odoo", "user=app")
    for command in (("anonymize", *CONFIRM), ("verify",), ("neutralize", *CONFIRM)):
        name, *more = command
        code, said = run_pipeline(
            "privacy", name, "--database-url", hidden, "--source", project, *more
        )
        assert code == 2 and "row-level security hides rows" in said and "res_partner" in said
    assert sql("SELECT name FROM res_partner ORDER BY id") == [("Qyra",), ("Reed",)]
    assert anonymize()[0] == 0  # a superuser sees all of them
    assert "Qyra" not in str(sql("SELECT name FROM res_partner"))


def test_a_search_path_of_the_database_shadows_nothing(
    sql: Sql, anonymize: Pipeline, declare: Callable[[str], None]
) -> None:
    sql("""ALTER DATABASE prod SET search_path = archive, public; CREATE SCHEMA archive;
        CREATE TABLE archive.bus_bus (id serial PRIMARY KEY, channel varchar, message varchar);
        INSERT INTO public.bus_bus (message) VALUES ('call Qyra');
        INSERT INTO archive.bus_bus (message) VALUES ('a copy')""")
    declare('[keep."a copy without people"]\n"archive.bus_bus" = ["channel", "message"]')
    assert anonymize()[0] == 0
    assert sql("SELECT message FROM public.bus_bus") == []
    assert sql("SELECT message FROM archive.bus_bus") == [("a copy",)]


def test_names_that_need_quotes(
    sql: Sql, anonymize: Pipeline, verify: Pipeline, classified: Callable[[], str]
) -> None:
    sql("""CREATE SCHEMA "My Schema"; CREATE TABLE "order" (id serial PRIMARY KEY, name varchar);
        CREATE TABLE "My Schema"."a.b ""c"" d" (id serial PRIMARY KEY, "E-Mail" varchar,
          "select" int REFERENCES "order", "Grüße" varchar UNIQUE, "quote'd" text);
        INSERT INTO "order" (name) VALUES ('Qyra');
        INSERT INTO "My Schema"."a.b ""c"" d" ("E-Mail", "select", "Grüße", "quote'd")
          VALUES ('qyra@real.test', 1, 'Qyra', 'Qyra'), ('ANNA@real.test', 1, 'qyra', NULL)""")
    suggested = classified()
    assert '[tables."My Schema.a.b \\"c\\" d"]' in suggested and '"quote\'d" = ' in suggested
    code, said = anonymize()
    assert code == 0, said
    rows = sql("""SELECT * FROM "My Schema"."a.b ""c"" d" """)
    assert len(rows) == 2 and "yra" not in str(rows) + str(sql('SELECT * FROM "order"'))
    assert verify()[0] == 0


def test_a_copy_through_a_key_to_a_table_named_like_a_keyword(
    sql: Sql, anonymize: Pipeline, declare: Callable[[str], None]
) -> None:
    sql("""CREATE TABLE "order" (id serial PRIMARY KEY, name varchar);
        CREATE TABLE line (id serial PRIMARY KEY, order_id int REFERENCES "order", who varchar);
        INSERT INTO "order" (name) VALUES ('Qyra');
        INSERT INTO line (order_id, who) VALUES (1, 'Qyra')""")
    declare(
        '[tables.order]\nname = "person"\n[tables.line]\n'
        'who = { use = "copy", of = "order_id.name" }'
    )
    assert anonymize()[0] == 0
    assert sql("SELECT who FROM line") == sql('SELECT name FROM "order"') != [("Qyra",)]


def test_logins_that_differ_in_case_stay_two(sql: Sql, anonymize: Pipeline) -> None:
    sql("""INSERT INTO res_users (login) VALUES ('jo@firm.test'), ('Jo@firm.test');
        INSERT INTO res_partner (name, email) VALUES ('Jo', 'jo@firm.test')""")
    assert anonymize()[0] == 0
    logins = {row[0] for row in sql("SELECT login FROM res_users")}
    assert len(logins) == 2 and sql("SELECT email FROM res_partner")[0][0] in logins


TYPES = """
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE DOMAIN nick AS varchar(9) CHECK (VALUE <> '');
CREATE TABLE device (id serial PRIMARY KEY, uid uuid NOT NULL UNIQUE, tags text[] NOT NULL,
  addr inet NOT NULL UNIQUE, net cidr NOT NULL, mac macaddr NOT NULL, span daterange NOT NULL,
  spans datemultirange NOT NULL, m mood NOT NULL, doc xml NOT NULL, words tsvector NOT NULL,
  took interval NOT NULL, at time NOT NULL, pin bytea NOT NULL, spot point NOT NULL,
  named nick NOT NULL, code char(3) NOT NULL UNIQUE, kind text CHECK (kind IN ('a''b', 'c')),
  tall varchar(6) NOT NULL, mail varchar NOT NULL CHECK (mail LIKE '%@%'), password text NOT NULL);
INSERT INTO device (uid, tags, addr, net, mac, span, spans, m, doc, words, took, at, pin, spot,
    named, code, kind, tall, mail, password)
  SELECT gen_random_uuid(), '{Qyra}', '10.0.0.1'::inet + n, '10.0.0.0/8', '08:00:2b:01:02:03',
    '[2026-01-01,2026-02-01)', '{[2026-01-01,2026-02-01)}', 'sad', '<a>Qyra</a>', 'Qyra', '2 days',
    '12:00', 'Qyra', '(1,2)', 'Qyra', lpad(n::text, 3, 'A'), 'a''b', 'Qyra', 'a@real.test', 'Qyra'
  FROM generate_series(1, 3) n;
"""


def test_what_is_suggested_for_columns_that_must_have_a_value_can_be_stored(
    sql: Sql, anonymize: Pipeline, verify: Pipeline, classified: Callable[[], str]
) -> None:
    sql(TYPES)
    assert "nothing fits" not in classified()
    code, said = anonymize()
    assert code == 0, said
    rows = str(sql("SELECT device::text FROM device"))
    assert "Qyra" not in rows and "10.0.0" not in rows and "real.test" not in rows
    assert {row[0] for row in sql("SELECT kind FROM device")} == {"a'b"}
    assert verify()[0] == 0
    sql("UPDATE device SET uid = gen_random_uuid(), addr = '10.9.9.9' WHERE id = 2")
    code, said = verify()
    assert code == 1 and "device.uid (null): 1 rows" in said and "device.addr (null)" in said


def test_wizards_that_refer_to_each_other_are_emptied(sql: Sql, anonymize: Pipeline) -> None:
    sql("""CREATE TABLE a_wizard (id serial PRIMARY KEY);
        CREATE TABLE a_wizard_line (id serial PRIMARY KEY,
          wizard_id int NOT NULL REFERENCES a_wizard ON DELETE RESTRICT);
        CREATE TABLE a_wizard_line_lot (id serial PRIMARY KEY,
          line_id int REFERENCES a_wizard_line ON DELETE RESTRICT);
        CREATE TABLE kept (id serial PRIMARY KEY,
          lot_id int REFERENCES a_wizard_line_lot ON DELETE SET NULL);
        INSERT INTO ir_model (model, transient) VALUES ('a.wizard', true),
          ('a.wizard.line', true), ('a.wizard.line.lot', true);
        INSERT INTO a_wizard VALUES (1); INSERT INTO a_wizard_line VALUES (1, 1);
        INSERT INTO a_wizard_line_lot VALUES (1, 1); INSERT INTO kept VALUES (1, 1)""")
    code, said = anonymize()
    assert code == 0, said
    for table in ("a_wizard", "a_wizard_line", "a_wizard_line_lot"):
        assert sql(f"SELECT count(*) FROM {table}") == [(0,)]
    assert sql("SELECT id, lot_id FROM kept") == [(1, None)]


def test_a_pool_that_is_too_small_for_a_unique_column_is_told_before_anything(
    sql: Sql, anonymize: Pipeline
) -> None:
    sql("""CREATE UNIQUE INDEX city_once ON res_partner (lower(city)) WHERE name IS NOT NULL;
        INSERT INTO res_partner (name, city) SELECT 'Qyra ' || n, 'Town ' || n
          FROM generate_series(1, 3000) n""")
    code, said = anonymize()
    assert code == 2 and "res_partner.city: the index city_once is unique, and `city`" in said
    assert sql("SELECT city FROM res_partner WHERE id = 7") == [("Town 7",)]


def test_a_strategy_that_does_not_suit_a_column_is_told_before_anything(
    sql: Sql, anonymize: Pipeline, declare: Callable[[str], None]
) -> None:
    sql(
        "CREATE TABLE thing (id serial PRIMARY KEY, size uuid, born text, note varchar(3) NOT NULL)"
    )
    declare(
        '[tables.thing]\nsize = "label"\nborn = "birthday"\n'
        'note = { use = "constant", value = "longer" }'
    )
    sql("INSERT INTO thing (note) VALUES ('x')")
    code, said = anonymize()
    assert code == 2
    assert "thing.size: `label` is for text and json, and it is of type uuid" in said
    assert "thing.born: `birthday` is for date, and it is of type text" in said
    assert "thing.note: `constant` is longer than 3 characters (1 rows)" in said


def test_a_record_for_each_company_needs_no_line(sql: Sql, anonymize: Pipeline) -> None:
    """A company-dependent many2one: ids stay, whatever else stands there goes."""
    sql("""ALTER TABLE res_partner ADD COLUMN property_account_id jsonb;
        INSERT INTO ir_model_fields (model, name, ttype, state, store) VALUES
          ('res.partner', 'property_account_id', 'many2one', 'base', true);
        INSERT INTO res_partner (name, property_account_id) VALUES
          ('Qyra', '{"1": 7, "2": null}'), ('Bea', '{"1": "Qyra", "Qyra": 3}')""")
    code, said = anonymize()
    assert code == 0, said
    rows = sql("SELECT property_account_id FROM res_partner ORDER BY id")
    assert rows == [({"1": 7, "2": None},), (None,)]
