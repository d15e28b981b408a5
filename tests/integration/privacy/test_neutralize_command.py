"""`pipeline privacy neutralize`: a copy of PROD that keeps its people and acts for nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.options.phrases import OVERWRITE

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]


@pytest.fixture
def neutralize(run_pipeline: Pipeline, dsn: str, project: Path) -> Pipeline:
    """Neutralize the database; more arguments may follow."""

    def run(*more: object, confirm: str = OVERWRITE.text) -> tuple[int, str]:
        arguments = ("privacy", "neutralize", "--database-url", dsn, "--source", project)
        return run_pipeline(*arguments, "--confirm", confirm, *more)

    return run


def test_people_stay_and_what_ties_it_to_prod_goes(sql: Sql, neutralize: Pipeline) -> None:
    sql("INSERT INTO res_partner (name) VALUES ('Anna Doe')")
    sql("INSERT INTO ir_mail_server (smtp_host) VALUES ('mail.prod.test')")
    sql("INSERT INTO ir_config_parameter (key, value) VALUES ('database.enterprise_code', 'M1')")
    code, said = neutralize("--base-url", "https://uat.example.org/")
    assert code == 0, said
    assert sql("SELECT name FROM res_partner") == [("Anna Doe",)]
    assert sql("SELECT smtp_host FROM ir_mail_server") == [("invalid",)]
    left = dict(sql("SELECT key, value FROM ir_config_parameter"))
    assert left["database.secret"] != "old-secret" and left["own.key"] == "abc"
    assert left["web.base.url"] == "https://uat.example.org" and left["web.base.url.freeze"]
    assert "database.enterprise_code" not in left


def test_a_database_that_odoo_did_not_neutralize_stays_as_it_is(
    sql: Sql, neutralize: Pipeline
) -> None:
    sql("DELETE FROM ir_config_parameter WHERE key = 'database.is_neutralized'")
    code, said = neutralize()
    assert code == 1 and "run `odoo neutralize` on it first" in said
    assert (
        dict(sql("SELECT key, value FROM ir_config_parameter"))["database.secret"] == "old-secret"
    )


def test_it_asks_for_the_words(sql: Sql, neutralize: Pipeline) -> None:
    code, said = neutralize(confirm="yes")
    assert code == 2 and "cannot be undone" in said
    assert (
        dict(sql("SELECT key, value FROM ir_config_parameter"))["database.secret"] == "old-secret"
    )


def test_passwords_keys_and_tokens_for_other_systems_go(sql: Sql, neutralize: Pipeline) -> None:
    """Wherever a module stores them; what belongs to this database alone stays."""
    sql("""CREATE TABLE fetchmail_server (id serial PRIMARY KEY, server varchar, password varchar,
          google_gmail_refresh_token varchar, active bool);
        INSERT INTO fetchmail_server (server, password, google_gmail_refresh_token, active)
          VALUES ('imap.acme.test', 'kV9x2mQz7TfL', 'x', true);
        CREATE TABLE own_gateway (id serial PRIMARY KEY, api_key varchar UNIQUE NOT NULL,
          certificate_private_key bytea, token_type int);
        INSERT INTO own_gateway (api_key, certificate_private_key, token_type)
          VALUES ('kV9x2mQz7TfL', 'kV9x2mQz7TfL', 3), ('another', NULL, NULL);
        INSERT INTO ir_config_parameter (key, value) VALUES ('own.api_key', 'kV9x2mQz7TfL');
        INSERT INTO res_users (login, password) VALUES ('anna', 'hash')""")
    code, said = neutralize()
    assert code == 0, said
    assert sql("SELECT password, google_gmail_refresh_token, active FROM fetchmail_server") == [
        (None, None, False)
    ]
    keys = {row[0] for row in sql("SELECT api_key FROM own_gateway")}
    assert len(keys) == 2 and not keys & {"kV9x2mQz7TfL", "another"}
    rows = sql("SELECT certificate_private_key, token_type FROM own_gateway ORDER BY id")
    assert rows == [(None, 3), (None, None)]
    left = dict(sql("SELECT key, value FROM ir_config_parameter"))
    assert "own.api_key" not in left and left["pipeline.not_anonymized"] == "True"
    assert sql("SELECT login, password FROM res_users") == [("anna", "hash")]
