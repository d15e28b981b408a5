"""The pools of fake values, and what a suggestion says."""

from __future__ import annotations

import re
import tomllib

import pytest
from stdnum.be import vat as belgian
from stdnum.de import vat as german
from stdnum.fr import tva as french
from stdnum.lu import tva as luxembourgish
from stdnum.nl import btw as dutch

from pipeline.core.errors import SettingsError
from pipeline.privacy.database.schema import Column
from pipeline.privacy.declaration.load import parse_declaration
from pipeline.privacy.declaration.suggest import as_file, line, suggest
from pipeline.privacy.treatment import pools as fakes

VALID = {"BE": belgian, "DE": german, "FR": french, "LU": luxembourgish, "NL": dutch}


@pytest.fixture(scope="module")
def pools() -> dict[str, list[str]]:
    return fakes.pools(
        (
            "fr_FR",
            "nl_BE",
        )
    )


def test_the_same_values_are_made_each_time(pools: dict[str, list[str]]) -> None:
    assert fakes.pools.__wrapped__(("fr_FR", "nl_BE")) == pools
    assert fakes.pools(("en_GB",))["last"] != pools["last"]


def test_cities_have_their_zip_codes(pools: dict[str, list[str]]) -> None:
    assert len(pools["city"]) == len(pools["zip"]) == 2 * fakes.SIZE


@pytest.mark.parametrize("country", sorted(VALID))
def test_vat_numbers_have_valid_checksums(pools: dict[str, list[str]], country: str) -> None:
    numbers = pools[f"vat_{country}"]
    assert len(numbers) > 1000
    assert all(number.startswith(country) for number in numbers)
    assert all(VALID[country].is_valid(number) for number in numbers)


def test_first_names_are_single_words(pools: dict[str, list[str]]) -> None:
    assert all(re.fullmatch(r"\S+", name) for name in pools["first"])


def test_rows_have_names_for_mail_addresses() -> None:
    rows = list(fakes.rows({"last": ["Éloïse Le Gall", "…"]}))
    assert rows == [(0, "Éloïse Le Gall", "eloise.le.gall"), (1, "…", "somebody")]
    assert fakes.places({"a": ["x", "y"], "b": ["z"]}) == {"a": range(2), "b": range(2, 3)}


def test_a_locale_that_faker_does_not_have_is_an_error() -> None:
    with pytest.raises(SettingsError, match="Faker has no locale among xx_XX"):
        fakes.pools(("xx_XX",))


@pytest.mark.parametrize(
    "column, strategy",
    [
        (Column("t", "contact_email", "text"), "email"),
        (Column("t", "mobile", "text"), "phone"),
        (Column("t", "api_key", "text", nullable=True), "null"),
        (Column("t", "access_token", "text", nullable=False), "hash"),
        (Column("t", "note", "text", "text"), "text"),
        (Column("t", "note", "text", ttype="html"), "html"),
        (Column("t", "subject", "text", "varchar"), "label"),
        (Column("t", "name", "json", "jsonb", ttype="char"), "label"),
        (Column("t", "info", "json", "jsonb", ttype="text"), "text"),
        (Column("t", "info", "json", "jsonb", ttype="html"), "html"),
        (Column("t", "price", "json", "jsonb", ttype="float"), "numbers"),
        (Column("t", "extra", "json", "jsonb", ttype="json"), "null"),
        (Column("t", "birthday", "date"), "birthday"),
        (Column("t", "due", "date"), "keep: dates of the business, not of a person's life"),
        (Column("t", "wage", "number", "numeric"), '{ use = "amount", low = 2000, high = 5000 }'),
        (Column("t", "children", "number", "int4"), '{ use = "amount", low = 0, high = 9 }'),
        (Column("t", "partner_latitude", "number", "numeric"), "null"),
        (Column("t", "photo", "bytea"), "null"),
        (Column("t", "last_name", "text"), "last_name"),
        (Column("t", "driver_name", "text"), "person"),
        (Column("t", "l10n_it_nif", "text"), "code"),
        (Column("t", "filter_domain", "text"), '{ use = "constant", value = "[]" }'),
        (Column("t", "mode", "text", ttype="selection"), "null"),
        (Column("t", "mode", "text", nullable=False, ttype="selection"), "label"),
        (Column("t", "My Ref", "text", ttype="reference"), "label"),
        (Column("t", "last_login", "date"), "null"),
        (Column("t", "external_id", "number", "int4"), "null"),
        (
            Column("t", "sequence", "number", "int4"),
            "keep: order, colour and other settings of a form",
        ),
        (
            Column("t", "alias", "text", related="partner_id.name"),
            '{ use = "copy", of = "partner_id.name" }',
        ),
        (Column("t", "alias", "json", ttype="char", related="partner_id.name"), "label"),
    ],
)
def test_suggestions(column: Column, strategy: str) -> None:
    assert suggest(column) == strategy


def test_a_reference_to_any_record_stays_one() -> None:
    suggested = suggest(Column("t", "origin", "text", ttype="reference"))
    assert suggested.startswith('{ use = "null", unless = "t.origin ~ ')
    declared = parse_declaration(tomllib.loads(f"[tables.t]\norigin = {suggested}"), "a.toml")
    assert "split_part(t.origin, ',', 1)" in declared.columns["t", "origin"].unless


def test_suggested_lines_name_their_section() -> None:
    assert line(Column("t", "mobile", "text")) == '[tables.t] mobile = "phone"'
    kept = line(Column("t", "amount", "number"))
    assert kept == '[keep."amounts, quantities and settings of the business"] t = ["amount"]'


def test_many_suggestions_are_a_part_of_the_file() -> None:
    columns = [Column("t", name, "number") for name in ("a", "b")] + [Column("t", "c", "text")]
    assert as_file(columns) == (
        '[tables.t]\nc = "label"\n\n'
        '[keep."amounts, quantities and settings of the business"]\nt = ["a", "b"]\n\n'
    )
