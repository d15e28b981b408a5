"""A PostgreSQL, and in it a database that has of Odoo what the anonymization looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from pipeline.cli.options.phrases import OVERWRITE

Pipeline = Callable[..., tuple[int, str]]
CONFIRM = ("--confirm", OVERWRITE.text)
TABLES = """
CREATE TABLE ir_model (id serial PRIMARY KEY, model varchar NOT NULL, transient bool);
CREATE TABLE ir_model_fields (id serial PRIMARY KEY, model varchar, name varchar, ttype varchar,
    state varchar, store bool);
CREATE TABLE ir_model_fields_selection (id serial PRIMARY KEY, field_id int REFERENCES
    ir_model_fields, value varchar, sequence int);
CREATE TABLE ir_model_data (id serial PRIMARY KEY, module varchar NOT NULL, name varchar NOT NULL,
    model varchar NOT NULL, res_id int, UNIQUE (module, name));
CREATE TABLE ir_module_module (id serial PRIMARY KEY, name varchar, state varchar);
CREATE TABLE ir_config_parameter (id serial PRIMARY KEY, key varchar UNIQUE, value text,
    create_uid int, write_uid int, create_date timestamp, write_date timestamp);
CREATE TABLE ir_mail_server (id serial PRIMARY KEY, name varchar, smtp_host varchar, smtp_port int,
    smtp_encryption varchar, smtp_authentication varchar, smtp_pass varchar, active bool,
    sequence int);
CREATE TABLE ir_attachment (id serial PRIMARY KEY, name varchar, type varchar, description text,
    url varchar, key varchar, access_token varchar, index_content text, mimetype varchar,
    checksum varchar(40), file_size int, store_fname varchar, db_datas bytea, res_model varchar,
    res_field varchar, res_id int, write_uid int);
CREATE TABLE res_lang (id serial PRIMARY KEY, code varchar);
CREATE TABLE res_partner (id serial PRIMARY KEY, name varchar, complete_name varchar,
    company_name varchar, commercial_company_name varchar, is_company bool, parent_id int REFERENCES
    res_partner, commercial_partner_id int REFERENCES res_partner, email varchar, phone varchar,
    phone_sanitized varchar, street varchar, zip varchar, city varchar, vat varchar, lang varchar,
    barcode jsonb, comment text, properties jsonb, credit_limit jsonb, partner_latitude numeric,
    write_uid int, write_date timestamp);
CREATE TABLE res_users (id serial PRIMARY KEY, login varchar UNIQUE, password varchar,
    signature text, active bool, partner_id int REFERENCES res_partner, write_uid int);
CREATE TABLE bus_bus (id serial PRIMARY KEY, channel varchar, message varchar);
CREATE TABLE res_partner_bank (id serial PRIMARY KEY, acc_number varchar,
    sanitized_acc_number varchar, acc_holder_name varchar, partner_id int REFERENCES res_partner,
    UNIQUE (sanitized_acc_number, partner_id));
CREATE TABLE wizard (id serial PRIMARY KEY, secret varchar);
CREATE TABLE site (id serial PRIMARY KEY, name jsonb NOT NULL, state varchar NOT NULL,
    number varchar, code varchar(4), born date, wage numeric, page text, tz varchar, colour varchar,
    secret varchar NOT NULL, token varchar, photo bytea, partner_id int REFERENCES res_partner,
    partner_name varchar, write_uid int);
INSERT INTO ir_model (model, transient) VALUES ('res.partner', false), ('wizard', true),
    ('site', false), ('ir.attachment', false), ('res.users', false);
INSERT INTO ir_model_fields (model, name, ttype, state, store) VALUES
    ('site', 'state', 'selection', 'base', true), ('site', 'name', 'char', 'base', true);
INSERT INTO ir_model_fields_selection (field_id, value, sequence) VALUES (1, 'new', 1),
    (1, 'done', 2);
INSERT INTO ir_module_module (name, state) VALUES ('base', 'installed'), ('site', 'installed');
INSERT INTO ir_config_parameter (key, value) VALUES ('database.is_neutralized', 'True'),
    ('database.secret', 'old-secret'), ('base_setup.show_effect', 'True'), ('own.key', 'abc'),
    ('calendar.default_privacy', 'call Anna Doe');
INSERT INTO ir_model (model) VALUES ('ir.config_parameter'), ('ir.model.data');
INSERT INTO ir_model_fields (model, name, ttype, state, store)
    SELECT m.model, c.column_name, 'many2one', 'base', true FROM ir_model m
    JOIN information_schema.columns c ON c.table_name = replace(m.model, '.', '_')
    WHERE c.column_name IN ('create_uid', 'write_uid', 'res_id');
INSERT INTO res_lang (code) VALUES ('en_US'), ('fr_FR');
"""
DECLARED = """
[tables.site]
name = "label"
number = "number"
code = "code"
born = "birthday"
wage = { use = "amount", low = 2000, high = 5000 }
page = "markup"
tz = { use = "known", in = "pg_timezone_names.name" }
colour = { use = "pattern", is = "#[0-9a-f]{6}" }
secret = "hash"
token = "null"
photo = "null"
partner_name = { use = "copy", of = "partner_id.name" }

[keep."structure that the real tables have as selections"]
ir_attachment = ["type"]
ir_mail_server = ["smtp_authentication", "smtp_encryption"]
ir_model_fields = ["state", "ttype"]
ir_module_module = ["state"]
"""


@pytest.fixture(scope="session")
def tables() -> str:
    """The statements that make the tables."""
    return TABLES


@pytest.fixture(scope="session")
def declared() -> str:
    """The declaration of what the package does not declare."""
    return DECLARED


@pytest.fixture
def dsn(postgresql: str) -> Iterator[str]:
    """A database with the tables and nobody in it."""
    admin = f"host={postgresql} user=odoo dbname=postgres"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS prod WITH (FORCE)")
        connection.execute("CREATE DATABASE prod")
    made = f"host={postgresql} user=odoo dbname=prod"
    with psycopg.connect(made) as connection:
        connection.execute(TABLES)
    yield made


@pytest.fixture
def sql(dsn: str) -> Callable[..., list[tuple]]:
    """Run a statement: its rows, if it has any."""

    def run(statement: str, *values: object) -> list[tuple]:
        with psycopg.connect(dsn) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a declaration for its own table."""
    (tmp_path / "anonymization.toml").write_text(DECLARED, encoding="utf-8")
    return tmp_path


@pytest.fixture
def anonymize(run_pipeline: Pipeline, dsn: str, project: Path) -> Pipeline:
    """Anonymize the database; more arguments may follow."""

    def run(*more: object) -> tuple[int, str]:
        arguments = ("privacy", "anonymize", "--database-url", dsn, "--source", project)
        return run_pipeline(*arguments, *CONFIRM, *more)

    return run


@pytest.fixture
def verify(run_pipeline: Pipeline, dsn: str, project: Path) -> Pipeline:
    """Verify the database."""

    def run(*more: object) -> tuple[int, str]:
        arguments = ("privacy", "verify", "--database-url", dsn, "--source", project)
        return run_pipeline(*arguments, *more)

    return run


@pytest.fixture
def declare(project: Path) -> Callable[[str], None]:
    """Add lines to the declaration."""

    def add(text: str) -> None:
        with (project / "anonymization.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")

    return add


@pytest.fixture
def classified(
    run_pipeline: Pipeline, dsn: str, project: Path, declare: Callable[[str], None]
) -> Callable[[], str]:
    """Declare what `classify` suggests; gives it."""

    def run() -> str:
        code, said = run_pipeline("privacy", "classify", "--database-url", dsn, "--source", project)
        assert code == 0, said
        lines = said.splitlines()
        suggested = "\n".join(line for line in lines if not line.endswith("are not classified"))
        declare(suggested)
        return suggested

    return run
