"""Could a value come from its strategy?

Checked in Python, on PostgreSQL's text output. Nothing here is shared with the code that makes the
values (``expressions``, ``treatment``), so that a mistake there is found here. Fake values are
recognized by their pools, patterns and checksums, whatever the key.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from pipeline.privacy.verification.markup_reader import Reader
from pipeline.privacy.verification.series import Series

Judge = Callable[[str], bool]

_HEX = frozenset("0123456789abcdef")
_PHONE = "+3246"
_PUNCTUATION = frozenset(string.punctuation)
_LANGUAGE = re.compile(r"_?[a-z]{2,3}(?:_[A-Za-z0-9]{2,4})?(?:@[a-z]+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Known:
    """What is known beforehand: the pools, and the database's own data.

    Attributes:
        pools: fake values by kind.
        mail_domain: of fake addresses.
        languages: codes of the database's languages; empty: unknown.
        words: words allowed in an attribute.
        series: the document numbers of its sequences and journals.
        paths: paths of pages that a module created, or that are listed.
        views: external ids and keys of modules' views.
        codes: words allowed around the digits of a document number, in capitals.
    """

    pools: Mapping[str, frozenset[str]]
    mail_domain: str
    languages: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    series: Series = field(default_factory=Series)
    paths: frozenset[str] = frozenset()
    views: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, pools: Mapping[str, Sequence[str]], mail_domain: str, **more: Any) -> Known:
        """Build it from the pools."""
        sets = {kind: frozenset(values) for kind, values in pools.items()}
        sets["vat"] = frozenset().union(*(v for k, v in sets.items() if k.startswith("vat_")))
        return cls(sets, mail_domain, **more)

    def judge(self, strategy: str) -> Judge:
        """Whether a non-empty text could come from a strategy."""
        judge: Judge = getattr(self, f"is_{strategy}")
        return judge

    def is_person(self, text: str) -> bool:
        """A first name, one space, a last name."""
        first, blank, last = text.partition(" ")
        return bool(blank) and first in self.pools["first"] and last in self.pools["last"]

    def is_first_name(self, text: str) -> bool:
        """One of the pool."""
        return text in self.pools["first"]

    def is_last_name(self, text: str) -> bool:
        """One of the pool."""
        return text in self.pools["last"]

    def is_company(self, text: str) -> bool:
        """One of the pool."""
        return text in self.pools["company"]

    def is_party(self, text: str) -> bool:
        """A person or a company."""
        return self.is_person(text) or self.is_company(text)

    def is_email(self, text: str) -> bool:
        """Letters, a dot, twelve digits, and the domain that does not exist."""
        name, _, domain = text.partition("@")
        letters, _, digits = name.rpartition(".")
        plain = bool(letters) and letters.replace(".", "").isalpha() and letters.islower()
        return domain == self.mail_domain and plain and letters.isascii() and _is_hex(digits, 12)

    def is_phone(self, text: str) -> bool:
        """The prefix, five digits, and their checksum."""
        digits = text.removeprefix(_PHONE)
        if digits == text or len(digits) != 7 or not (digits.isascii() and digits.isdigit()):
            return False
        return int(digits[:5]) % 97 == int(digits[5:])

    def is_street(self, text: str) -> bool:
        """A street of the pool, and a number."""
        street, _, number = text.rpartition(" ")
        return street in self.pools["street"] and number.isdigit() and 1 <= int(number) <= 199

    def is_city(self, text: str) -> bool:
        """One of the pool."""
        return text in self.pools["city"]

    def is_zip(self, text: str) -> bool:
        """One of the pool."""
        return text in self.pools["zip"]

    def is_vat(self, text: str) -> bool:
        """One of the pools."""
        return text in self.pools["vat"]

    def is_iban(self, text: str) -> bool:
        """An IBAN of a Belgian bank that does not exist, with a correct checksum."""
        if len(text) != 16 or not text.startswith("BE") or text[4:7] != "999":
            return False
        if not (text[2:].isascii() and text[2:].isdigit()):
            return False
        return int(text[4:] + "1114" + text[2:4]) % 97 == 1

    def is_url(self, text: str) -> bool:
        """A page of a site that does not exist."""
        return text.startswith("https://") and self.is_domain(text.removeprefix("https://"))

    def is_domain(self, text: str) -> bool:
        """A domain that does not exist."""
        return text.endswith(".invalid") and _is_hex(text.removesuffix(".invalid"), 12)

    def is_text(self, text: str) -> bool:
        """A sentence of the pool."""
        return text in self.pools["text"]

    def is_html(self, text: str) -> bool:
        """A paragraph of such sentences."""
        inside = text.removeprefix("<p>").removesuffix("</p>")
        return text == f"<p>{inside}</p>" and inside in self.pools["text"]

    def is_label(self, text: str) -> bool:
        """A word of the pool and eight digits."""
        word, _, digits = text.rpartition(" ")
        return word in self.pools["word"] and _is_hex(digits, 8)

    def is_code(self, text: str) -> bool:
        """X and twelve digits."""
        return text[:1] == "X" and text.isupper() and _is_hex(text[1:].lower(), 12)

    def is_hash(self, text: str) -> bool:
        """Thirty-two digits."""
        return _is_hex(text, 32)

    def is_number(self, text: str) -> bool:
        """A label, a number of a known series, or a draft's."""
        return text == "/" or self.is_label(text) or text in self.series

    def is_path(self, text: str) -> bool:
        """A module's path, or twelve digits."""
        return text in self.paths or text.startswith("/p-") and _is_hex(text[3:], 12)

    def is_xmlid(self, text: str) -> bool:
        """The id of a module's view, or twelve digits."""
        made = text.removeprefix("anonymized.x")
        return text in self.views or made != text and _is_hex(made, 12)

    def is_series(self, text: str) -> bool:
        """Parts of dates, digits, known words, and X with four digits for each other word."""
        bare = re.sub(r"%\([a-z0-9_]+\)s", " ", text)
        said = "".join(" " if sign in _PUNCTUATION else sign for sign in bare).split(" ")
        return all(self._says_nothing(word) for word in said if word)

    def _says_nothing(self, word: str) -> bool:
        if word[0] == "X" and word.isupper() and _is_hex(word[1:].lower(), 4):
            return True
        letters = word.rstrip("0123456789")
        digits = len(word) - len(letters)
        if len(letters) <= 1 and letters.isascii():
            return digits <= 8 and not letters.isdigit()
        return digits <= 4 and letters.upper() in self.codes

    def is_markup(self, text: str) -> bool:
        """Known tags, attributes and words, and nothing between the tags."""
        return Reader(self.words).finish(text)

    def is_key(self, key: str) -> bool:
        """A key of jsonb: an id, or a language."""
        if key.isdigit():
            return len(key) <= 6 and key[0] != "0"
        if self.languages:
            return key.removeprefix("_").removeprefix("_") in self.languages
        return _LANGUAGE.fullmatch(key) is not None


def in_json(text: str, key: Judge, judge: Callable[[Any], bool]) -> bool:
    """Whether a text is an object with valid keys and values."""
    value = json.loads(text)
    if not isinstance(value, dict):
        return False
    return all(key(name) and judge(one) for name, one in value.items())


def is_number_key(key: str) -> bool:
    """Ids joined by commas, or Odoo's own marker."""
    ids = key.split(",")
    return key == "__update__" or all(
        one.isascii() and one.isdigit() and one[0] != "0" and len(one) <= 8 for one in ids
    )


def is_plain_number(value: object) -> bool:
    """A number, true, false or null."""
    return value is None or isinstance(value, (bool, int, float))


def is_short_code(text: str, digits: int) -> bool:
    """A code, in a column too short for anything longer."""
    return text.isupper() | text.isdigit() and _is_hex(text.lower(), digits)


def same(text: str, wanted: str) -> bool:
    """Whether two texts are one value: literally, as numbers or as booleans."""
    if text == wanted or {text, wanted} in ({"t", "true"}, {"f", "false"}):
        return True
    try:
        return Decimal(text) == Decimal(wanted)
    except InvalidOperation:
        return False


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and _HEX.issuperset(text)
