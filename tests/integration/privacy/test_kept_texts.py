"""A kept text that quotes somebody stops everything, and neither of them is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]


@pytest.fixture
def acting(sql: Sql, project: Path) -> Sql:
    """Actions whose code is kept; one of them is a module's."""
    with (project / "anonymization.toml").open("a") as file:
        file.write(
            '\n[keep."code that developers write"]\nir_act = ["code", "labels", "write_uid"]\n'
        )
    sql("""
        CREATE TABLE ir_act (id serial PRIMARY KEY, code text, labels jsonb, write_uid int);
        INSERT INTO ir_model (model, transient) VALUES ('ir.act', false);
        INSERT INTO ir_act (code, write_uid) VALUES ('shipped: Anna Doe', 1), ('of a user', 2);
        INSERT INTO ir_model_data (module, name, model, res_id) VALUES
            ('base', 'act', 'ir.act', 1), ('base', 'second', 'ir.act', 2);
        INSERT INTO res_partner (name, email, phone, vat, street) VALUES
            ('Anna Doe', 'Anna@acme.example', '+32 470 12 34 56', 'BE0477472701', 'Rue Neuve 5')
    """)
    return sql


@pytest.mark.parametrize(
    ("code", "column"),
    [
        ("# by ANNA DOE", "name"),
        ("mail('anna@Acme.example')", "email"),
        ("call(0470/12.34.56)", "phone"),
        ("vat == 'BE 0477 472 701'", "vat"),
        ("'rue neuve'", "street"),
    ],
)
def test_code_that_quotes_somebody(
    acting: Sql, anonymize: Pipeline, code: str, column: str
) -> None:
    acting("UPDATE ir_act SET code = %s WHERE id = 2", code)
    said = anonymize()
    assert said[0] == 1 and f"ir_act.code quotes res_partner.{column}\n" in said[1]
    assert "Anna" not in said[1] and "anna" not in said[1] and "ir_act.labels" not in said[1]
    assert acting("SELECT name FROM res_partner WHERE email IS NOT NULL") == [("Anna Doe",)]


def test_a_translation_that_quotes_somebody(acting: Sql, anonymize: Pipeline) -> None:
    acting("""UPDATE ir_act SET labels = '{"en_US": "for Anna Doe"}' WHERE id = 2""")
    code, said = anonymize()
    assert code == 1 and "ir_act.labels quotes res_partner.name\n" in said


def test_what_a_module_brought_and_what_quotes_nobody_is_kept(
    acting: Sql, anonymize: Pipeline
) -> None:
    code, said = anonymize()
    assert code == 0, said
    assert acting("SELECT code FROM ir_act ORDER BY id") == [
        ("shipped: Anna Doe",),
        ("of a user",),
    ]


def test_a_value_that_stays_quotes_nobody(acting: Sql, anonymize: Pipeline) -> None:
    acting("UPDATE res_users SET login = 'admin@acme.example' WHERE login <> 'admin'")
    acting("UPDATE ir_act SET code = 'sale order of the admin' WHERE id = 2")
    assert anonymize()[0] == 0
