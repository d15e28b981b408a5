"""What a declaration may say, and what is said about one that may not."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.errors import SettingsError
from pipeline.privacy.declaration.load import (
    ColumnRule,
    Declaration,
    load_declaration,
    parse_declaration,
)

ROOT = Path(__file__).parents[3]


def read(text: str) -> Declaration:
    """A declaration from text."""
    return parse_declaration(tomllib.loads(text), "a.toml")


def test_columns_with_and_without_options() -> None:
    declared = read("""
        [tables.person]
        name = "person"
        zip = { use = "zip", city = "city" }
        [keep."numbers of the business"]
        person = ["size"]
        [empty]
        log = "a log"
        """)
    assert declared.columns["person", "name"] == ColumnRule("person")
    assert declared.columns["person", "zip"].options == {"city": "city"}
    assert declared.columns["person", "size"] == ColumnRule(
        "keep", reason="numbers of the business"
    )
    assert declared.empty == {"log": "a log"}


def test_labels_of_modules_stay_unless_said() -> None:
    declared = read('[tables.t]\na = "label"\nb = "text"\nc = { use = "label", shipped = false }')
    shipped = {name: entry.shipped for (_, name), entry in declared.columns.items()}
    assert shipped == {"a": True, "b": False, "c": False}


@pytest.mark.parametrize(
    "text, said",
    [
        ("[tabels.t]", "unknown section `tabels`"),
        ("tables = 1", "`tables` is no section"),
        ("[tables]\nt = 1", "tables.t is no section"),
        ('[tables.t]\na = "persn"', "unknown strategy `persn`"),
        ("[tables.t]\na = 1", "t.a = 1 is no strategy"),
        ('[tables.t]\na = "keep"', "kept without a reason"),
        ('[tables.t]\na = { use = "person", city = "b" }', "has no option city"),
        ('[tables.t]\na = "constant"', "`constant` needs `value`"),
        ('[tables.t]\na = { use = "label", shipped = 1 }', "shipped = 1"),
        ('[keep."numbers of it"]\nt = ["*"]', "there are no wildcards"),
        ('[keep."numbers of it"]\nt = "a"', "keep of t is no list"),
        ('[keep."numbers of it"]\nt = [1]', "keep of t is no list"),
        ('[keep.why]\nt = ["a"]', "is no reason"),
        ('keep = { "because of it" = 1 }', "is no section"),
        ('[empty]\nt = ""', "[empty] t has no reason"),
        ('[empty]\nt = "a log"\n[tables.t]\na = "null"', "t is emptied and has columns"),
        ('[tables.t]\na = "null"\n[keep."it is fine"]\nt = ["a"]', "t.a is declared twice"),
        ("locales = 1", "`locales` is no list"),
        ("mail_domain = 1", "`mail_domain` is no text"),
        ('[tables.t]\na = { use = "period", of = "week" }', "of = 'week'"),
        ('[privacy]\nlevel = "secret"', "level = 'secret'"),
        ("[privacy]\nlevels = 1", "[privacy] has no key levels"),
        ("[privacy]\nk = 1", "k = 1"),
        ("[privacy]\nk = true", "k = True"),
        ("privacy = 1", "`privacy` is no section"),
        ('[money]\nt = "a"', "[money] t"),
        ("[fixed]\nt = [1]", "[fixed] t"),
        ('[owners]\nt = "a..b"', "[owners] t"),
        ("[owners]\nt = 1", "[owners] t"),
        ('[counters]\nt = "a"', "[counters] t"),
        ("[counters]\nt = { a = 1 }", "[counters] t"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as error:
        read(text)
    assert said in str(error.value)
    assert "a.toml" in str(error.value)


def test_the_projects_file_goes_over_the_default(tmp_path: Path) -> None:
    own = tmp_path / "anonymization.toml"
    own.write_text(
        'locales = ["fr_FR"]\n[tables.res_partner]\nname = "code"\n'
        '[tables.bus_bus]\nmessage = "null"\n'
    )
    default, whole = load_declaration(None), load_declaration(own)
    assert whole.columns["res_partner", "name"] == ColumnRule("code", own=True)
    assert whole.columns["res_partner", "email"] == default.columns["res_partner", "email"]
    assert "bus_bus" in default.empty and "bus_bus" not in whole.empty
    assert whole.locales == ("fr_FR",) and whole.parameters == default.parameters


def test_the_projects_level_goes_over_the_default(tmp_path: Path) -> None:
    own = tmp_path / "anonymization.toml"
    own.write_text('[privacy]\nlevel = "demo"\n[money]\nt = ["fee"]\n[owners]\nt = "a.b"\n')
    default, whole = load_declaration(None).privacy, load_declaration(own).privacy
    assert (default.level, default.k) == ("tests", 5) and whole.level == "demo" and whole.k == 5
    assert whole.money == default.money | {("t", "fee")} and whole.fixed == default.fixed
    assert whole.owners == {**default.owners, "t": "a.b"}
    own.write_text("[privacy]\nk = 9\n")
    assert load_declaration(own).privacy == replace(default, k=9)


def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        load_declaration(tmp_path / "no.toml")
    (tmp_path / "bad.toml").write_text("= 1")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_declaration(tmp_path / "bad.toml")


def test_every_kept_column_of_the_default_has_a_reason_and_no_column_is_emptied_twice() -> None:
    whole = load_declaration(ROOT / "anonymization.toml")
    assert len(whole.columns) > 1000
    assert all(
        len(entry.reason.split()) > 3
        for entry in whole.columns.values()
        if entry.strategy == "keep"
    )
    assert not {table for table, _ in whole.columns} & set(whole.empty)
