"""Which tables of PROD need not be fetched, because their rows would be deleted."""

from __future__ import annotations

import pytest

from pipeline.privacy.refresh.left_out import Key, left_out, options

TABLES = ("log", "log_line", "log_partner_rel", "mail", "message", "partner", "Odd Name")


def key(by: str, to: str, owned: bool = False, here: bool = True) -> Key:
    return Key(by, here, to, owned)


@pytest.mark.parametrize(
    ("emptied", "keys", "expected"),
    [
        ("log", [], "log"),
        ("log nowhere", [], "log"),
        # It points to others, and nothing points to it.
        ("log", [key("log", "partner")], "log"),
        # A row that stays may point to it.
        ("mail", [key("message", "mail")], ""),
        ("mail message", [key("message", "mail")], "mail message"),
        # Rows that are deleted with those of the table are not fetched either.
        ("log", [key("log_partner_rel", "log", owned=True)], "log log_partner_rel"),
        ("log", [key("log_line", "log", owned=False)], ""),
        (
            "log",
            [key("log_line", "log", owned=True), key("message", "log_line")],
            "",
        ),
        # From another schema: whether its rows are deleted, is not known.
        ("log", [key("log", "log", here=False)], ""),
        ("log", [key("log_line", "log", owned=True, here=False)], ""),
        # One cannot be left out, and neither can what it points to.
        ("log mail", [key("mail", "log"), key("message", "mail")], ""),
        ("log partner", [key("mail", "log")], "partner"),
    ],
)
def test_what_is_left_out(emptied: str, keys: list[Key], expected: str) -> None:
    assert left_out(emptied.split(), TABLES, keys) == tuple(expected.split())


def test_a_name_that_would_need_quoting_is_fetched() -> None:
    assert left_out(["Odd Name", "log"], TABLES, []) == ("log",)


def test_options_name_the_schema() -> None:
    assert options(["log"]) == ("--exclude-table-data=public.log",)
