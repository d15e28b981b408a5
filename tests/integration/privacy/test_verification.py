"""Verification notices a strategy that forgets something: each, in each way that is tried here."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.core.errors import CheckFailed
from pipeline.privacy.anonymize import run
from pipeline.privacy.anonymize.run import Anonymization
from pipeline.privacy.database.connection import connect_database
from pipeline.privacy.declaration.load import STRATEGIES, load_declaration
from pipeline.privacy.treatment import attachments, statements, system
from pipeline.privacy.treatment.columns import Treatment

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]

#: By strategy: type of a column, what is declared for it, and values of which each says something.
#: A new strategy belongs here: the test of the list says so.
COLUMNS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    **{
        name: ("varchar", f'"{name}"', ("Anwna Quill", "anwna@quill.test", "+32470123456"))
        for name in (
            *("person", "first_name", "last_name", "company", "email", "login", "phone", "street"),
            *("city", "zip", "vat", "iban", "url", "domain", "text", "html", "label", "code"),
            *("hash", "number", "markup", "null", "password"),
        )
    },
    "party": ("varchar", '"party"', ("Anwna Quill", "Quill & Sons")),
    "constant": ("varchar", '{ use = "constant", value = "x" }', ("Anwna", "X")),
    "birthday": ("date", '"birthday"', ("2001-02-03", "1955-02-03")),
    "amount": ("int", '{ use = "amount", low = 2, high = 4 }', ("1", "5")),
    "known": ("varchar", '{ use = "known", in = "res_lang.code" }', ("Anwna", "en_us")),
    "pattern": ("varchar", '{ use = "pattern", is = "#[0-9a-f]{6}" }', ("Anwna", "#00ff00\nAnwna")),
    "selection": ("varchar", "", ("Anwna",)),
    "numbers": (
        "jsonb",
        '"numbers"',
        ('{"1": "Anwna"}', '{"Anwna": 1}', '["Anwna"]', '{"1": [7]}'),
    ),
    "copy": ("varchar", '{ use = "copy", of = "partner_id.name" }', ("Anwna Quill",)),
    "sql": ("varchar", '{ use = "sql", value = "t.other" }', ("Anwna Quill",)),
    "path": (
        "varchar",
        '"path"',
        ("/jean-dupont-maladie", "/p-anwna", "https://anwna.test/", "/Shop"),
    ),
    "xmlid": ("varchar", '"xmlid"', ("website.jean-dupont", "base.anwna", "anonymized.xanwna")),
    "series": ("varchar", '"series"', ("ANWNA", "Anwna/%(year)s/", "\u00c9RIC1-", "SO0470112233")),
    "shift": ("timestamp", '"shift"', ("2026-03-02 10:11:12", "2026-03-02 10:00:01")),
    "period": ("date", '"period"', ("2026-03-02", "2026-01-31")),
    # An amount is like any other: nothing can be told without the original.
    "scale": ("", "", ()),
    "attachment": ("", "", ()),
    "parameter": ("", "", ()),
}
#: Other forms of the same strategies.
FORMS = {
    "period-of-a-year": ("timestamp", '{ use = "period", of = "year" }', ("2026-03-01 00:00",)),
    "period-in-a-time-zone": ("timestamptz", '"period"', ("2026-03-02 10:00:01+02",)),
    "label-in-languages": ("jsonb", '"label"', ('{"en_US": "Anwna"}', '{"bob": "x"}', '"Anwna"')),
    "number-in-languages": ("jsonb", '"number"', ('{"en_US": "0470112233"}',)),
    "pattern-in-languages": ("jsonb", '{ use = "pattern", is = "[a-z]" }', ('{"en_US": "Anwna"}',)),
    "path-in-languages": ("jsonb", '"path"', ('{"en_US": "/anwna"}',)),
    "text-in-few-characters": ("varchar(6)", '"text"', ("Anwna",)),
    "null-where-a-value-is-needed": (
        *("uuid NOT NULL", '"null"'),
        ("6f8e0a3e-1c11-4b8e-9a1b-0d2f6d0f1a11",),
    ),
    "a-number-that-is-a-name": ("varchar", '"number"', ("ANWNA1985", "0470112233", "Q/1/2/3")),
    "markup-in-comments": ("text", '"markup"', ("<p><!-- Anwna --></p>", "<?Anwna?>", "<!Anwna>")),
    "markup-in-attributes": (
        "text",
        '"markup"',
        (
            *(
                '<p title="Anwna"/>',
                "<p ALT = Anwna>",
                "<p t-value=\"'Anwna'\"/>",
                '<p style="a"/>',
            ),
            *(
                '<p data-x="Anwna"/>',
                '<a href="/anwna"/>',
                '<p class="anwna"/>',
                '<p onclick="a()"/>',
            ),
            *('<p name="0470112233"/>', "<anwna/>", "<script>anwna</script>", "<p>&#65;</p>"),
        ),
    ),
}


def test_every_strategy_is_tried() -> None:
    assert set(COLUMNS) == set(STRATEGIES)


@pytest.fixture
def forgetful(
    monkeypatch: pytest.MonkeyPatch, dsn: str, project: Path
) -> Callable[[Callable[[Treatment], Treatment]], str]:
    """Anonymize with treatments that were changed: what the verification says, empty when good."""

    def anonymize(change: Callable[[Treatment], Treatment]) -> str:
        made = statements.treatments

        def changed(*arguments: object) -> list[Treatment]:
            return [change(one) if one.column.table == "tried" else one for one in made(*arguments)]

        with monkeypatch.context() as patched:
            patched.setattr(statements, "treatments", changed)
            patched.setattr(run.preflight, "require_possible", lambda *_: None)
            declaration = load_declaration(project / "anonymization.toml")
            with connect_database(dsn) as database:
                try:
                    run.anonymize(database, "tried", declaration, system.NewSite())
                except CheckFailed as error:
                    return error.message
        return ""

    return anonymize


@pytest.fixture
def tried(sql: Sql, project: Path) -> Callable[[str, str, tuple[str, ...]], None]:
    """Make a table with a column and values, and declare it."""

    def make(kind: str, declared: str, values: tuple[str, ...]) -> None:
        sql(f"""CREATE TABLE tried (id serial PRIMARY KEY, value {kind}, other varchar,
            is_company bool, partner_id int REFERENCES res_partner, write_uid int)""")
        sql("""INSERT INTO res_partner (name) VALUES ('Bea'); INSERT INTO ir_model (model)
            VALUES ('tried'); INSERT INTO ir_model_fields (model, name, ttype, state, store)
            VALUES ('tried', 'write_uid', 'many2one', 'base', true)""")
        if not declared:
            sql("""INSERT INTO ir_model_fields (model, name, ttype, state, store) VALUES
                ('tried', 'value', 'selection', 'base', true);
                INSERT INTO ir_model_fields_selection (field_id, value)
                SELECT max(id), 'new' FROM ir_model_fields""")
        for value in values:
            sql(
                "INSERT INTO tried (value, partner_id, write_uid) VALUES (%s, 1, 2)",
                value,
            )
        line = f"value = {declared}\n" if declared else ""
        with (project / "anonymization.toml").open("a", encoding="utf-8") as file:
            file.write(f'\n[tables.tried]\nother = "null"\n{line}')

    return make


def cases() -> Iterator[tuple[str, tuple[str, str, tuple[str, ...]]]]:
    """Each strategy that stands for a column, and each form."""
    yield from ((name, case) for name, case in COLUMNS.items() if case[0])
    yield from FORMS.items()


@pytest.mark.parametrize("name, case", [pytest.param(*one, id=one[0]) for one in cases()])
def test_a_strategy_that_forgets_is_found(
    name: str, case: tuple[str, str, tuple[str, ...]], tried, forgetful, sql: Sql
) -> None:
    tried(*case)
    label = "tried.value"
    # It leaves all values, and one of them: each row by itself must be noticed.
    said = forgetful(lambda one: dataclasses.replace(one, where="false"))
    assert f"{label} (" in said and f": {len(case[2])} rows" in said, said
    if len(case[2]) > 1:
        keep = "t.id = (SELECT min(id) FROM tried)"
        said = forgetful(
            lambda one: dataclasses.replace(one, where=f"({one.where}) AND NOT {keep}")
        )
        assert f"{label} (" in said and ": 1 rows" in said, said
    # It is what it should be.
    assert forgetful(lambda one: one) == ""
    left = str(sql("SELECT value::text FROM tried"))
    # Whole words: a pool may well have a Guillermo.
    assert not re.search(r"nwna|\bquill\b|0470112233", left, re.IGNORECASE), left


def test_what_else_is_forgotten_is_found(
    sql: Sql, dsn: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attachments, parameters, emptied tables, passwords for other servers."""
    sql("""INSERT INTO ir_attachment (name, mimetype, db_datas) VALUES ('Anwna.txt', 'text/plain',
          'Anwna');
        INSERT INTO bus_bus (message) VALUES ('Anwna');
        CREATE EXTENSION IF NOT EXISTS postgres_fdw;
        CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
        CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (password 'hunter')""")
    nothing: Callable[..., list[str]] = lambda *_: []
    mutants = {
        "attachments that are": (attachments, "placeholders"),
        "parameters": (system, "parameters"),
        "bus_bus (empty)": (statements, "emptying"),
        "passwords for other": (system, "without_mappings"),
    }
    declaration = load_declaration(project / "anonymization.toml")
    for found, (module, name) in mutants.items():
        with monkeypatch.context() as patched, connect_database(dsn) as database:
            patched.setattr(module, name, nothing)
            with pytest.raises(CheckFailed) as failed:
                run.anonymize(database, "tried", declaration, system.NewSite())
            assert found in failed.value.message


def test_the_run_reads_the_database_that_it_changed(dsn: str, project: Path) -> None:
    """What is verified is what is in the tables: `Anonymization` has no values of its own."""
    with connect_database(dsn) as database:
        begun = Anonymization.begin(database, load_declaration(project / "anonymization.toml"))
        assert not any("Anwna" in str(one) for one in begun.treatments())
        database.rollback()
