"""Suggestions are put into the file that is there, and nothing else of it changes."""

from __future__ import annotations

import pytest

from pipeline.core.errors import SettingsError
from pipeline.privacy.database.schema import Column
from pipeline.privacy.declaration.extend import extended

FILE = """\
locales = ["fr_FR"]

# people
[tables.a]
name = "person"

# what stays
[keep."amounts of the business"]
a = ["size"]
b = [
    "size",
]
"""


def with_more(text: str, chosen: dict[tuple[str, str], str]) -> str:
    """The text with suggestions for these columns."""
    columns = [Column(table, name, "text") for table, name in chosen]
    return extended(text, "a.toml", columns, chosen)


def test_lines_are_put_into_the_sections_that_are_there() -> None:
    keep = "keep: amounts of the business"
    result = with_more(
        FILE,
        {
            **{("a", "mail"): "email", ("c", "x y"): '{ use = "constant", value = 1 }'},
            **{("a", "weight"): keep, ("b", "weight"): keep, ("c", "weight"): keep},
        },
    )
    assert result == """\
locales = ["fr_FR"]

# people
[tables.a]
name = "person"
mail = "email"

# what stays
[keep."amounts of the business"]
a = ["weight", "size"]
b = ["weight",
    "size",
]
c = ["weight"]

[tables.c]
"x y" = { use = "constant", value = 1 }
"""


def test_a_file_begins_with_the_first_section() -> None:
    assert with_more("", {("a", "mail"): "email"}) == '[tables.a]\nmail = "email"\n'


def test_a_column_that_nothing_fits_gets_no_line() -> None:
    assert with_more(FILE, {("a", "blob"): ""}) == FILE
    assert with_more("", {}) == ""


@pytest.mark.parametrize(
    "text, said",
    [
        ("[tables.a]\nname = ", "Invalid value"),
        ('tables = { a = { name = "person" } }\n', "Cannot declare"),
        ('locales = [\n    "fr_FR",\n[tables.a]\n', "Invalid value"),
        ('mail_domain = """\n[tables.a]\n[x]\n"""\n', "a.mail would stay undeclared"),
    ],
)
def test_a_file_that_takes_no_line_is_named(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as error:
        with_more(text, {("a", "mail"): "email"})
    assert "a.toml: no line can be added here" in str(error.value)
    assert said in str(error.value)
