"""Is a value one that its strategy makes? Asked of what PostgreSQL prints, by Python alone.

Nothing here is shared with what makes the values (``expressions``, ``treatment``): a mistake there
is to be found here. Fake values are known by their pools, forms and checksums, whatever the key.
"""

from __future__ import annotations

import html.parser
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from pipeline.privacy.treatment.markup import ATTRIBUTES, TAGS

Judge = Callable[[str], bool]

_HEX = frozenset("0123456789abcdef")
_PHONE, _MANY = "+3246", 10
_LANGUAGE = re.compile(r"_?[a-z]{2,3}(?:_[A-Za-z0-9]{2,4})?(?:@[a-z]+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Known:
    """What is known beforehand: the pools, and what the database itself says.

    Attributes:
        pools: fake values by kind.
        mail_domain: of fake addresses.
        languages: codes that the database has; empty: it does not say.
        words: those that may stand in an attribute.
        series: what stands before and after the digits of a document's number, with ``#`` for a
            part of a date, each with the least digits between.
    """

    pools: Mapping[str, frozenset[str]]
    mail_domain: str
    languages: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    series: frozenset[tuple[str, str, int]] = field(default_factory=frozenset)

    @classmethod
    def of(cls, pools: Mapping[str, Sequence[str]], mail_domain: str, **more: Any) -> Known:
        """From the pools as they are made."""
        sets = {kind: frozenset(values) for kind, values in pools.items()}
        sets["vat"] = frozenset().union(*(v for k, v in sets.items() if k.startswith("vat_")))
        return cls(sets, mail_domain, **more)

    def judge(self, strategy: str) -> Judge:
        """Whether a text, not empty, is one of a strategy."""
        judge: Judge = getattr(self, f"is_{strategy}")
        return judge

    def is_person(self, text: str) -> bool:
        """A first name, one blank, a last name."""
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
        """Letters, a dot, twelve digits, the domain that exists nowhere."""
        name, _, domain = text.partition("@")
        letters, _, digits = name.rpartition(".")
        plain = bool(letters) and letters.replace(".", "").isalpha() and letters.islower()
        return domain == self.mail_domain and plain and letters.isascii() and _is_hex(digits, 12)

    def is_phone(self, text: str) -> bool:
        """The prefix, five digits, and the checksum of these."""
        digits = text.removeprefix(_PHONE)
        if digits == text or len(digits) != 7 or not (digits.isascii() and digits.isdigit()):
            return False
        return int(digits[:5]) % 97 == int(digits[5:])

    def is_street(self, text: str) -> bool:
        """A street of the pool and a number."""
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
        """Of a Belgian bank that does not exist, with a checksum that is right."""
        if len(text) != 16 or not text.startswith("BE") or text[4:7] != "999":
            return False
        if not (text[2:].isascii() and text[2:].isdigit()):
            return False
        return int(text[4:] + "1114" + text[2:4]) % 97 == 1

    def is_url(self, text: str) -> bool:
        """A site that does not exist."""
        return text.startswith("https://") and self.is_domain(text.removeprefix("https://"))

    def is_domain(self, text: str) -> bool:
        """One that does not exist."""
        return text.endswith(".invalid") and _is_hex(text.removesuffix(".invalid"), 12)

    def is_text(self, text: str) -> bool:
        """A sentence of the pool."""
        return text in self.pools["text"]

    def is_html(self, text: str) -> bool:
        """The same in a paragraph."""
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
        """A label, or a number of one of the series."""
        return self.is_label(text) or self.is_of_a_series(text)

    def is_of_a_series(self, text: str) -> bool:
        """Whether its digits stand in what a sequence puts around them."""
        shape = re.sub("[0-9]+", "#", text)
        runs = [len(run) for run in re.findall("[0-9]+", text)]
        for before, after, least in self.series:
            if shape != re.sub("[0-9]+|#+", "#", f"{before}#{after}").replace("##", "#"):
                continue
            if runs and least <= max(runs) <= max(least + 2, _MANY - 3):
                return True
        return False

    def is_markup(self, text: str) -> bool:
        """Tags, attributes and words that are known, and nothing between the tags."""
        reader = _Reader(self.words)
        reader.feed(text)
        reader.close()
        return reader.good

    def is_key(self, key: str) -> bool:
        """A key of jsonb: an id, or a language."""
        if key.isdigit():
            return len(key) <= 6 and key[0] != "0"
        if self.languages:
            return key.removeprefix("_").removeprefix("_") in self.languages
        return _LANGUAGE.fullmatch(key) is not None


def in_json(text: str, key: Judge, judge: Callable[[Any], bool]) -> bool:
    """Whether a text is an object with good keys and good values."""
    value = json.loads(text)
    if not isinstance(value, dict):
        return False
    return all(key(name) and judge(one) for name, one in value.items())


def is_number_key(key: str) -> bool:
    """Ids joined by commas, or Odoo's own mark."""
    ids = key.split(",")
    return key == "__update__" or all(
        one.isascii() and one.isdigit() and one[0] != "0" and len(one) <= 8 for one in ids
    )


def is_plain_number(value: object) -> bool:
    """A number, true, false or null."""
    return value is None or isinstance(value, (bool, int, float))


def is_short_code(text: str, digits: int) -> bool:
    """A code in a column in which nothing longer fits."""
    return text.isupper() | text.isdigit() and _is_hex(text.lower(), digits)


def same(text: str, wanted: str) -> bool:
    """Whether two texts are one value: as they stand, or as numbers or truth."""
    if text == wanted or {text, wanted} in ({"t", "true"}, {"f", "false"}):
        return True
    try:
        return Decimal(text) == Decimal(wanted)
    except InvalidOperation:
        return False


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and _HEX.issuperset(text)


class _Reader(html.parser.HTMLParser):
    """Reads markup, and notices what does not belong there."""

    def __init__(self, words: Iterable[str]) -> None:
        super().__init__(convert_charrefs=False)
        self.good, self._words = True, words

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag and its attributes."""
        self.good &= tag in TAGS and all(self._known(name, value) for name, value in attrs)

    def handle_endtag(self, tag: str) -> None:
        """The end of one."""
        self.good &= tag in TAGS

    def handle_data(self, data: str) -> None:
        """What stands between tags."""
        self.good &= not data.replace("…", "").strip()

    def _known(self, name: str, value: str | None) -> bool:
        if name == "href":
            return value == "#"
        text = value or ""
        said = [word for part in re.split(r"[^A-Za-z]+", text) if (word := part.lower())]
        digits = sum(sign.isdigit() for sign in text)
        strange = any(not sign.isascii() or sign in '"$?\\^`~' for sign in text)
        return (
            name in ATTRIBUTES
            and digits <= 6
            and not strange
            and all(word in self._words for word in said)
        )

    def handle_comment(self, data: str) -> None:
        """A comment."""
        self.good = False

    def handle_decl(self, decl: str) -> None:
        """A declaration."""
        self.good = False

    def handle_pi(self, data: str) -> None:
        """An instruction."""
        self.good = False

    def unknown_decl(self, data: str) -> None:
        """Whatever else begins with ``<!``."""
        self.good = False

    def handle_entityref(self, name: str) -> None:
        """A sign by its name."""
        self.good = False

    def handle_charref(self, name: str) -> None:
        """A sign by its number."""
        self.good = False
