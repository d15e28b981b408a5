"""How a kept text is searched for people: in whatever form somebody wrote them."""

from __future__ import annotations

import base64

import pytest

from pipeline.privacy.declaration.load import STRATEGIES
from pipeline.privacy.verification.traces import SEARCHED, forms

TEXT = 'if record.email == "Anna.Doe@Acme.example":  # Anna Doe, Acme B.V.'


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (TEXT, ("email", "anna.doe@acme.example")),
        (TEXT, ("words", "anna doe")),
        (TEXT, ("words", "acme b v")),
        ("x = 'ANNA   DOE'", ("words", "anna doe")),
        ("Anna-Maria d'Hondt", ("words", "anna maria d hondt")),
        ("Zoë Ångström", ("words", "zoë ångström")),
        ("call +32 (0)470 12.34.56 now", ("digits", "470123456")),
        ("tel:0032470123456", ("digits", "470123456")),
        ("VAT BE 0477.472.701", ("number", "BE0477472701")),
        ("be0477472701", ("number", "BE0477472701")),
        ("IBAN NL91 ABNA 0417 1643 00.", ("number", "NL91ABNA0417164300")),
        ("Anna&nbsp;Doe &lt;anna@acme.example&gt;", ("email", "anna@acme.example")),
        ("Jos&eacute; Doe", ("words", "josé doe")),
        ("eod anna"[::-1], ("words", "eod anna")),
        ("elpmaxe.emca@anna", ("email", "anna@acme.example")),
        (base64.b64encode(b"to: Anna Doe").decode(), ("words", "anna doe")),
        (base64.urlsafe_b64encode(b"anna@acme.example").decode(), ("email", "anna@acme.example")),
    ],
)
def test_a_person_is_found_in(text: str, form: tuple[str, str]) -> None:
    assert form in forms(text)


@pytest.mark.parametrize(
    "text",
    ["", "name", "x" * 40, "env['res.partner']", "1234567", "QUJDREVGR0hJSktM/", "/////////////"],
)
def test_what_names_nobody_has_neither_address_nor_number(text: str) -> None:
    assert {kind for kind, _ in forms(text)} <= {"words"}


def test_each_strategy_that_is_searched_exists() -> None:
    assert SEARCHED.keys() <= STRATEGIES.keys()
