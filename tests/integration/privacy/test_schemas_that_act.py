"""Schemas that do something themselves: triggers, rules, keys, partitions, other servers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]


def test_triggers_and_rules_of_people_rest_and_stay(
    sql: Sql, anonymize: Pipeline, declare: Callable[[str], None]
) -> None:
    """One would stop the run, one keep what was there, one hide a table from it."""
    sql("""CREATE TABLE audit (id serial PRIMARY KEY, name varchar);
        CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'partner %% is locked', OLD.name; END $$;
        CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO audit (name) VALUES (OLD.name); RETURN NULL; END $$;
        INSERT INTO res_partner (name) VALUES ('Qyra');
        CREATE TRIGGER a_stop BEFORE UPDATE ON res_partner FOR EACH ROW EXECUTE FUNCTION stop();
        CREATE TRIGGER "b Keep" AFTER UPDATE ON res_partner FOR EACH ROW EXECUTE FUNCTION keep();
        ALTER TABLE res_partner ENABLE ALWAYS TRIGGER "b Keep";
        CREATE RULE nothing AS ON UPDATE TO site DO INSTEAD NOTHING;
        INSERT INTO site (name, state, secret) VALUES ('{"en_US": "Qyra"}', 'new', 's')
        """.replace("%%", "%"))
    declare('[tables.audit]\nname = "label"')
    code, said = anonymize()
    assert code == 0, said
    assert "Qyra" not in str(sql("SELECT p::text, s::text FROM res_partner p, site s"))
    assert sql("SELECT * FROM audit") == []
    states = dict(sql("SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal"))
    assert states == {"a_stop": "O", "b Keep": "A"}
    assert sql("SELECT ev_enabled FROM pg_rewrite WHERE rulename = 'nothing'") == [("O",)]


def test_tables_of_other_servers_are_refused(sql: Sql, anonymize: Pipeline) -> None:
    sql("""CREATE EXTENSION IF NOT EXISTS postgres_fdw;
        CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere.invalid');
        CREATE FOREIGN TABLE far (id int, name text) SERVER elsewhere""")
    code, said = anonymize()
    assert code == 2 and "tables of other servers" in said and "public.far" in said
    assert "drop them in this copy" in said and "PROD's database" in said


def test_a_text_that_is_a_foreign_key_needs_a_line(
    sql: Sql, anonymize: Pipeline, declare: Callable[[str], None], project: Path
) -> None:
    """A number says which record; a text says itself."""
    sql("""CREATE TABLE kind (id serial PRIMARY KEY, code varchar NOT NULL UNIQUE);
        CREATE TABLE thing (id serial PRIMARY KEY, kind varchar REFERENCES kind (code));
        INSERT INTO kind (code) VALUES ('Quill'), ('Bea');
        INSERT INTO thing (kind) VALUES ('Quill'), (NULL)""")
    code, said = anonymize()
    assert code == 1 and '[tables.thing] kind = "' in said and '[tables.kind] code = "' in said
    assert "put a line for each into anonymization.toml" in said
    before = (project / "anonymization.toml").read_text()
    declare('[tables.kind]\ncode = "code"\n[tables.thing]\nkind = "code"')
    code, said = anonymize()
    assert code == 4 and "thing_kind_fkey" in said and "keep them" in said and "Quill" not in said
    assert sql("SELECT code FROM kind ORDER BY id") == [("Quill",), ("Bea",)]
    (project / "anonymization.toml").write_text(before)
    declare('[keep."kinds are a list of the add-on"]\nkind = ["code"]\nthing = ["kind"]')
    code, said = anonymize()
    assert code == 0, said


def test_passwords_for_other_servers_go(sql: Sql, anonymize: Pipeline) -> None:
    sql("""CREATE EXTENSION IF NOT EXISTS postgres_fdw;
        CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
        CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (password 'hunter');
        CREATE USER MAPPING FOR odoo SERVER elsewhere OPTIONS (password 'hunter')""")
    assert anonymize()[0] == 0
    assert sql("SELECT count(*) FROM pg_user_mappings") == [(0,)]


def test_partitions_and_views_on_views(
    sql: Sql, anonymize: Pipeline, verify: Pipeline, classified: Callable[[], str]
) -> None:
    sql("""CREATE TABLE visit (id int NOT NULL, at date NOT NULL, who varchar, UNIQUE (id, at))
          PARTITION BY RANGE (at);
        CREATE TABLE visit_2025 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
        CREATE TABLE visit_2026 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        INSERT INTO visit VALUES (1, '2025-05-05', 'Qyra'), (2, '2026-05-05', 'Qyra');
        CREATE MATERIALIZED VIEW z_first AS SELECT who FROM visit;
        CREATE VIEW between_them AS SELECT who FROM z_first;
        CREATE MATERIALIZED VIEW a_second AS SELECT who FROM between_them;
        CREATE MATERIALIZED VIEW not_filled AS SELECT who FROM visit WITH NO DATA""")
    suggested = classified()
    assert "visit_2025" not in suggested and "[tables.visit]" in suggested
    code, said = anonymize()
    assert code == 0, said
    for name in ("visit", "z_first", "a_second"):
        rows = sql(f"SELECT who FROM {name}")
        assert len(rows) == 2 and "Qyra" not in str(rows), name
    assert verify()[0] == 0


def test_values_do_not_stand_in_errors(
    sql: Sql, anonymize: Pipeline, project: Path, run_pipeline: Pipeline, tmp_path: Path
) -> None:
    """Whatever PostgreSQL would say: in a condition, in a function, at COMMIT, of a key."""
    sql("""CREATE FUNCTION loud(text) RETURNS text LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'no % here', $1 USING DETAIL = $1, HINT = $1; END $$;
        INSERT INTO res_partner (name) VALUES ('Quill');
        INSERT INTO site (name, state, secret, code) VALUES ('{}', 'new', 's', 'Q"ui')""")
    file = project / "anonymization.toml"
    text = file.read_text()
    for condition in (
        *("t.code::int < 5", "loud(t.code) = 'x'", "t.code::regclass::oid = 5", "t.codes = 'x'"),
        "(xpath('/a', ('<a>' || t.code)::xml))[1] IS NULL",
    ):
        other = f'code = {{ use = "code", unless = "{condition}" }}'
        file.write_text(text.replace('code = "code"', other))
        for command in (anonymize, lambda: anonymize("--dry-run")):
            code, said = command()
            assert code != 0 and 'Q"ui' not in said and '"ui' not in said, said
            assert "site" in said and ("codes" in said) == ("codes" in condition)
    file.write_text(text)
    sql("""DELETE FROM site; INSERT INTO res_users (login) VALUES ('boss@acme.test'), ('admin');
        INSERT INTO ir_model_data (module, name, model, res_id)
          VALUES ('base', 'user_admin', 'res.users', 1)""")
    (tmp_path / "pw").write_text("pw")
    code, said = anonymize("--password-file", tmp_path / "pw")
    assert code == 4 and "pbkdf2" not in said and "23505" in said


def test_a_constraint_that_waits_for_the_commit_quotes_nothing(
    sql: Sql, dsn: str, anonymize: Pipeline
) -> None:
    sql("""CREATE UNIQUE INDEX ON res_partner (id, city);
        ALTER TABLE res_partner ADD CONSTRAINT once UNIQUE (city) DEFERRABLE INITIALLY DEFERRED;
        CREATE TABLE town (id serial PRIMARY KEY); INSERT INTO res_partner (name, city)
          SELECT 'Quill', 'Quilltown ' || n FROM generate_series(1, 2500) n""")
    code, said = anonymize()
    assert code != 0 and "Quill" not in said and "once" in said
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM res_partner WHERE city LIKE 'Quilltown%'")
