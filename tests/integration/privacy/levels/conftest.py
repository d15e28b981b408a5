"""A company with people who can be linked: what an attacker has, and what the levels make of it."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import psycopg
import pytest

Sql = Callable[..., list[tuple]]
PEOPLE = 240
#: The columns of Odoo's documents that a level looks at.
COMPANY = """
CREATE TABLE res_country (id serial PRIMARY KEY, code varchar, name jsonb);
CREATE TABLE res_company (id serial PRIMARY KEY, name varchar, partner_id int REFERENCES
    res_partner);
ALTER TABLE res_partner ADD country_id int REFERENCES res_country, ADD customer_rank int,
    ADD company_id int REFERENCES res_company, ADD create_uid int REFERENCES res_users,
    ADD create_date timestamp, ADD type varchar, ADD employee bool;
CREATE TABLE res_users_log (id serial PRIMARY KEY, create_uid int REFERENCES res_users,
    create_date timestamp);
CREATE TABLE hr_employee (id serial PRIMARY KEY, name varchar, user_id int REFERENCES res_users,
    company_id int NOT NULL REFERENCES res_company, gender varchar, departure date);
CREATE TABLE sale_order (id serial PRIMARY KEY, name varchar, partner_id int NOT NULL REFERENCES
    res_partner, date_order timestamp NOT NULL, amount_total numeric, access_token varchar,
    create_uid int REFERENCES res_users, create_date timestamp);
CREATE TABLE account_move (id serial PRIMARY KEY, name varchar, partner_id int REFERENCES
    res_partner, commercial_partner_id int REFERENCES res_partner, date date NOT NULL,
    invoice_date date, invoice_date_due date, amount_total numeric, amount_residual numeric,
    invoice_origin varchar, sequence_number int, sequence_prefix varchar,
    state varchar NOT NULL, narration text, CHECK (invoice_date_due >= invoice_date));
CREATE UNIQUE INDEX account_move_unique_name ON account_move (name) WHERE state = 'posted';
COMMENT ON INDEX account_move_unique_name IS 'as Odoo has it';
ALTER TABLE account_move ADD CONSTRAINT account_move_once UNIQUE (name, date);
COMMENT ON CONSTRAINT account_move_once ON account_move IS 'and a constraint';
CREATE TABLE account_move_line (id serial PRIMARY KEY, move_id int NOT NULL REFERENCES
    account_move, partner_id int REFERENCES res_partner, date date, debit numeric, credit numeric,
    balance numeric, amount_residual numeric, price_unit double precision, quantity numeric,
    move_name varchar, CHECK (credit * debit = 0), CHECK (balance = debit - credit));
CREATE TABLE account_partial_reconcile (id serial PRIMARY KEY, debit_move_id int NOT NULL
    REFERENCES account_move_line, credit_move_id int NOT NULL REFERENCES account_move_line,
    amount numeric, max_date date);
INSERT INTO ir_model (model, transient) SELECT name, false FROM unnest(ARRAY['res.country',
    'res.company', 'res.users.log', 'hr.employee', 'sale.order', 'account.move',
    'account.move.line', 'account.partial.reconcile', 'res.partner.bank']) name;
INSERT INTO ir_model_fields (model, name, ttype, state, store)
    SELECT m.model, c.column_name, CASE WHEN c.column_name LIKE '%\\_id' OR c.column_name LIKE
        '%\\_uid' THEN 'many2one' WHEN c.data_type = 'date' THEN 'date' WHEN c.data_type LIKE
        'timestamp%' THEN 'datetime' WHEN c.column_name ~ 'amount|debit|credit|balance'
        AND c.data_type = 'numeric' THEN 'monetary' WHEN c.data_type IN ('numeric',
        'double precision') THEN 'float' WHEN c.data_type = 'integer' THEN 'integer'
        ELSE 'char' END, 'base', true
    FROM ir_model m JOIN information_schema.columns c
    ON c.table_name = replace(m.model, '.', '_') AND c.table_schema = 'public'
    WHERE NOT EXISTS (SELECT FROM ir_model_fields f WHERE f.model = m.model
        AND f.name = c.column_name);
INSERT INTO ir_module_module (name, state) VALUES ('account', 'installed');
INSERT INTO res_country (code, name) VALUES ('BE', '{"en_US": "Belgium"}'), ('FR',
    '{"en_US": "France"}'), ('NL', '{"en_US": "Netherlands"}'), ('TV', '{"en_US": "Tuvalu"}');
INSERT INTO ir_model_data (module, name, model, res_id)
    SELECT 'base', lower(code), 'res.country', id FROM res_country;
"""
DECLARED = """
[tables.hr_employee]
gender = { use = "pattern", is = "male|female|other" }

[tables.res_partner]
type = { use = "pattern", is = "contact|invoice|delivery" }

[keep."dates of employment: the employee has a fake name"]
hr_employee = ["departure"]

[keep."a state that the real table has as a selection"]
account_move = ["state"]
"""
FIRST = ("Anna", "Bart", "Carine", "Dirk", "Els", "Frank", "Greet", "Hugo", "Ilse", "Jan")
LAST = ("Aerts", "Bogaert", "Claes", "Dubois", "Evrard", "Fontaine", "Goossens", "Hermans")


@pytest.fixture
def company(sql: Sql, dsn: str, declare: Callable[[str], None]) -> None:
    """People, each with an order, an invoice, its payment and a photo."""
    sql(COMPANY)
    declare(DECLARED)
    chance = random.Random(20261128)
    with psycopg.connect(dsn) as connection:
        for statement, values in _rows(chance):
            connection.cursor().executemany(statement, values)
        for statement in _AFTERWARDS:
            connection.execute(statement)


def _rows(chance: random.Random) -> Iterator[tuple[str, list[tuple]]]:
    """Statements with the rows that each inserts. The n-th person has the n-th of everything."""
    numbers = range(1, PEOPLE + 1)
    # Some names are frequent, each with a number of bearers of its own.
    names: list[str] = []
    for size in range(1, 40):
        full = f"{FIRST[size % 10]} {LAST[size % 8]}{'x' * (size // 40)}"
        names += [f"{full} {size}"] * min(size, PEOPLE - len(names))
    names = names[:PEOPLE]
    chance.shuffle(names)
    days = [date(2024, 1, 1) + timedelta(chance.randrange(900)) for _ in numbers]
    moments = [
        datetime(2023, 1, 1) + timedelta(seconds=chance.randrange(86400 * 365)) for _ in numbers
    ]
    cents = [chance.randrange(1000, 2_000_000) for _ in numbers]
    amounts = [f"{one // 100}.{one % 100:02}" for one in cents]
    yield "INSERT INTO res_partner (id, name, is_company) VALUES (%s, %s, true)", [(1000, "Own")]
    yield "INSERT INTO res_company (id, name, partner_id) VALUES (1, 'Own', %s)", [(1000,)]
    logins = [(n, f"user{n}@example.org", 1000) for n in range(1, 9)]
    yield "INSERT INTO res_users (id, login, partner_id, active) VALUES (%s, %s, %s, true)", logins
    yield (
        "INSERT INTO res_partner (id, name, email, is_company, country_id, customer_rank, "
        "company_id, create_uid, create_date, write_date, type, lang, commercial_partner_id) "
        "VALUES (%s, %s, %s, %s, %s, %s, 1, %s, %s, %s, %s, 'en_US', %s)"
    ), [
        (
            *(n, names[n - 1], f"p{n}@example.org", n % 7 == 0, chance.choice((1, 1, 1, 2, 2, 3))),
            *(chance.randrange(9), 2 + int(chance.paretovariate(1)) % 7, moments[n - 1]),
            *(moments[n - 1], chance.choice(("contact", "contact", "invoice")), n),
        )
        for n in numbers
    ]
    yield "UPDATE res_partner SET country_id = 4 WHERE id = %s", [(1,)]
    yield (
        "INSERT INTO hr_employee (id, name, company_id, gender, departure) "
        "VALUES (%s, %s, 1, %s, %s)"
    ), [(n, names[n - 1], chance.choice(("male", "female")), days[n - 1]) for n in numbers]
    yield (
        "INSERT INTO sale_order (id, name, partner_id, date_order, amount_total, access_token, "
        "create_uid, create_date) VALUES (%s, %s, %s, %s, %s, %s, 2, %s)"
    ), [
        (n, f"S{n:05}", n, moments[n - 1], amounts[n - 1], f"token{n}", moments[n - 1])
        for n in numbers
    ]
    yield (
        "INSERT INTO account_move (id, name, partner_id, commercial_partner_id, date, "
        "invoice_date, invoice_date_due, amount_total, amount_residual, invoice_origin, state, "
        "sequence_number, sequence_prefix, narration) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 0, %s, 'posted', %s, 'INV/2026/', %s)"
    ), [
        (
            *(n, f"INV/2026/{n:05}", n, n, days[n - 1], days[n - 1]),
            *(days[n - 1] + timedelta(30), amounts[n - 1], f"S{n:05}", n),
            f"<p>https://prod.example.org/my/invoices/{n}?access_token=t{n}</p>",
        )
        for n in numbers
    ]
    yield (
        "INSERT INTO ir_attachment (name, mimetype, file_size, db_datas, res_model, res_field, "
        "res_id, write_uid) VALUES ('image_1920', 'image/png', %s, %s, 'res.partner', "
        "'image_1920', %s, 2)"
    ), [(len(made), made, n) for n in numbers for made in (photo(chance),)]
    yield "INSERT INTO res_users_log (create_uid, create_date) VALUES (%s, %s)", [
        (2 + n % 7, moments[n - 1]) for n in numbers
    ]


#: An invoice has a line for the customer and one for the turnover; so has its payment.
_AFTERWARDS = (
    "INSERT INTO account_move (id, name, partner_id, commercial_partner_id, date, amount_total, "
    "state, sequence_number, sequence_prefix) SELECT 10000 + id, 'BNK1/2026/' || lpad(id::text, "
    "5, '0'), partner_id, partner_id, invoice_date_due, amount_total, 'posted', id, 'BNK1/2026/' "
    "FROM account_move",
    "INSERT INTO account_move_line (id, move_id, partner_id, date, debit, credit, balance, "
    "amount_residual, price_unit, quantity, move_name) SELECT m.id * 2 + side, m.id, "
    "m.partner_id, m.date, CASE side WHEN 0 THEN amount_total ELSE 0 END, CASE side WHEN 1 THEN "
    "amount_total ELSE 0 END, amount_total * (1 - 2 * side), 0, amount_total, 1, m.name "
    "FROM account_move m, generate_series(0, 1) side",
    "INSERT INTO account_partial_reconcile (debit_move_id, credit_move_id, amount, max_date) "
    "SELECT m.id * 2, (10000 + m.id) * 2 + 1, amount_total, m.date FROM account_move m "
    "WHERE m.id < 10000",
    "INSERT INTO ir_model_data (module, name, model, res_id) "
    "VALUES ('base', 'main_partner', 'res.partner', 1000)",
    "SELECT setval(one, 50000) FROM unnest(ARRAY['account_move_id_seq', 'res_partner_id_seq', "
    "'account_move_line_id_seq', 'hr_employee_id_seq', 'res_users_id_seq', 'res_company_id_seq', "
    "'sale_order_id_seq']) one",
)


def photo(chance: random.Random) -> bytes:
    """A grey image of 9 by 8 points in PNG's form, with a comment of random length."""

    def part(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    points = b"".join(b"\0" + chance.randbytes(9) for _ in range(8))
    header = part(b"IHDR", struct.pack(">IIBBBBB", 9, 8, 8, 0, 0, 0, 0))
    comment = part(b"tEXt", b"Comment\0" + b"x" * chance.randrange(50_000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + comment
        + part(b"IDAT", zlib.compress(points))
        + part(b"IEND", b"")
    )
