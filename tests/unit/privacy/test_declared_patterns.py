"""No pattern of a declaration lets words through: generated over all that are declared."""

from __future__ import annotations

import re
import re._constants as kinds
import re._parser as parser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faker import Faker

from pipeline.privacy.declaration.load import load_declaration
from pipeline.privacy.declaration.suggest import _TEXTS

ROOT = Path(__file__).parents[3]
DECLARED = load_declaration(ROOT / "anonymization.toml")
PATTERNS = {
    ".".join(key): str(entry.options["is"])
    for key, entry in DECLARED.columns.items()
    if entry.strategy == "pattern"
} | {
    f"suggested for {name}": re.findall('is = "([^"]*)"', suggestion)[0]
    for name, suggestion in _TEXTS
    if '"pattern"' in suggestion
}
LOCALES = ("fr_FR", "nl_BE", "de_DE", "en_GB", "es_ES", "it_IT", "pl_PL", "ru_RU", "el_GR", "ja_JP")
SLUGS = (
    "/jean-dupont-maladie",
    "/anna",
    "/shop/anna_quill",
    "jean-dupont",
    "/rh/licenciement/jean",
)
#: Letters of several scripts, without those that are digits of hexadecimal numbers.
LETTERS = (
    "ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ"
    "\u00e9\u00df\u00f1\u0416\u044f\u03b1\u05d0\u0627\u4e2d\u3042"
)
#: Alternatives with a common beginning are a class of letters to Python: ``TU|TH`` is ``T[UH]``.
FEW = 6


@pytest.fixture(scope="module")
def names() -> set[str]:
    found = set(SLUGS)
    for locale in LOCALES:
        fake = Faker(locale)
        fake.seed_instance(19)
        for _ in range(100):
            first, last = fake.first_name(), fake.last_name()
            found |= {first, last, *(f"{first}{sign}{last}" for sign in " _-.")}
    found |= {form for name in found for form in (name.lower(), name.upper(), f"/{name.lower()}")}
    # Two letters are the codes of countries, of which charts of accounts have their names.
    return {name for name in found if len(name) > 2}


@pytest.mark.parametrize("where", sorted(PATTERNS))
def test_no_pattern_accepts_a_name_or_a_slug(where: str, names: set[str]) -> None:
    expression = re.compile(PATTERNS[where])
    assert [name for name in sorted(names) if expression.fullmatch(name)] == []


@pytest.mark.parametrize("where", sorted(PATTERNS))
def test_no_pattern_has_words_of_free_letters(where: str) -> None:
    assert list(_free(parser.parse(PATTERNS[where]), repeated=False)) == []


@pytest.mark.parametrize(
    "free", ["[a-z_]{1,40}", "/[a-z/-]*|#?", "([A-Z]/?)+", r"\w+", "[^0-9]{2}", ".*"]
)
def test_a_pattern_with_free_letters_is_noticed(free: str) -> None:
    assert list(_free(parser.parse(free), repeated=False))


def _free(node: Any, repeated: bool) -> Iterator[str]:
    """Parts of an expression that match any letters, more than one of them."""
    for kind, value in node:
        if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT):
            yield from _free(value[2], repeated or value[1] > 1)
        elif kind is kinds.SUBPATTERN:
            yield from _free(value[3], repeated)
        elif kind is kinds.BRANCH:
            for branch in value[1]:
                yield from _free(branch, repeated)
        elif repeated and (kind in (kinds.ANY, kinds.NOT_LITERAL) or _letters(kind, value) > FEW):
            yield f"{kind} {value}"


def _letters(kind: Any, value: Any) -> int:
    if kind is not kinds.IN:
        return 0
    refused = any(one is kinds.NEGATE for one, _ in value)
    matched = (any(_matches(one, what, letter) for one, what in value) for letter in LETTERS)
    return sum(found != refused for found in matched)


def _matches(kind: Any, value: Any, letter: str) -> bool:
    if kind is kinds.LITERAL:
        return bool(value == ord(letter))
    if kind is kinds.RANGE:
        return bool(value[0] <= ord(letter) <= value[1])
    return kind is kinds.CATEGORY and value in (kinds.CATEGORY_WORD, kinds.CATEGORY_NOT_DIGIT)
