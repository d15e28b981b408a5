"""The SQL of each strategy: a value's replacement, and how a replacement is recognized.

All functions take SQL and give SQL. A replacement is chosen by a keyed hash of the old value, so
equal values stay equal in every table, and nobody can work back without the key of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pipeline.anonymize.pools import VATS

#: Where the pools and functions of a run are; dropped at its end.
SCHEMA = "pipeline_anonymization"
#: Documents' numbers, such as S00012, INV/2026/00001, WH/OUT/00003: kept as they are.
NUMBER = "[A-Z]{0,6}[0-9]{0,2}(/[A-Z]{1,6})*[/-]?[0-9]{1,7}([/-][0-9]{1,7})*"
#: The digits behind it are a hash and, in the last two places, a checksum of the others.
PHONE_PREFIX, _PHONE_DIGITS = "+3246", 5

SETUP = f"""
CREATE SCHEMA {SCHEMA};
CREATE UNLOGGED TABLE {SCHEMA}.pool (n int, value text, slug text);
CREATE FUNCTION {SCHEMA}.h(domain text, v text) RETURNS bytea
  LANGUAGE sql STABLE AS
  $$SELECT sha256(convert_to('%(key)s' || domain || chr(31) || v, 'UTF8'))$$;
CREATE FUNCTION {SCHEMA}.n(domain text, v text) RETURNS bigint
  LANGUAGE sql STABLE AS
  $$SELECT ('x' || encode(substr({SCHEMA}.h(domain, v), 1, 7), 'hex'))::bit(56)::bigint$$;
CREATE FUNCTION {SCHEMA}.x(domain text, v text, digits int) RETURNS text
  LANGUAGE sql STABLE AS
  $$SELECT left(encode({SCHEMA}.h(domain, v), 'hex'), digits)$$;
"""
INDEX = f"CREATE UNIQUE INDEX ON {SCHEMA}.pool (n) INCLUDE (value, slug)"
VALUES = f"CREATE INDEX ON {SCHEMA}.pool (value, n)"
CLEANUP = f"DROP SCHEMA {SCHEMA} CASCADE"


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Maker:
    """Makes the replacements of texts.

    Attributes:
        places: the numbers that each pool has in the table of all of them.
        mail_domain: of fake mail addresses.
        testers: external ids of the users that may have a password.
    """

    places: Mapping[str, range]
    mail_domain: str
    testers: tuple[str, ...] = ()

    def replacement(self, strategy: str, value: str, city: str = "") -> str:
        """The replacement of a text that is neither NULL nor empty; ``city`` goes with ``zip``."""
        made = _MAKERS[strategy](self, value) if strategy != "zip" else self._zip(value, city)
        return f"({made})"

    def _zip(self, value: str, city: str) -> str:
        # The zip code of the fake city, so that the two belong together.
        if not city:
            return self.pick("zip", "city", self._key(value))
        key = f"coalesce(nullif({city}, ''), {value})"
        return self.pick("zip", "city", self._key(key))

    def pick(self, kind: str, domain: str, value: str, column: str = "value") -> str:
        """An entry of a pool, chosen by the hash of a value."""
        place = self.places[kind]
        n = f"{place.start} + ({SCHEMA}.n('{domain}', {value}) % {len(place)})::int"
        return f"(SELECT p.{column} FROM {SCHEMA}.pool p WHERE p.n = {n})"

    def in_pool(self, kinds: Iterable[str], value: str) -> str:
        """Whether a value is one of these pools."""
        ranges = [self.places[kind] for kind in kinds]
        numbers = " OR ".join(f"p.n BETWEEN {place[0]} AND {place[-1]}" for place in ranges)
        return f"EXISTS (SELECT FROM {SCHEMA}.pool p WHERE p.value = {value} AND ({numbers}))"

    @staticmethod
    def _key(value: str) -> str:
        """What counts in a value: two spellings of a name are one person."""
        return f"lower(btrim({value}))"

    def person(self, value: str) -> str:
        """A first name and a last name."""
        key = self._key(value)
        return f"{self.pick('first', 'first', key)} || ' ' || {self.pick('last', 'last', key)}"

    def company(self, value: str) -> str:
        """A company's name."""
        return self.pick("company", "company", self._key(value))

    def email(self, value: str) -> str:
        """An address that nobody can have: unique, at a domain that does not exist."""
        address = f"substring(lower({value}) FROM '[^<>\\s,;\"]+@[^<>\\s,;\"]+')"
        key = f"coalesce({address}, {self._key(value)})"
        name = self.pick("last", "email", key, "slug")
        return f"{name} || '.' || {SCHEMA}.x('email', {key}, 12) || '@{self.mail_domain}'"

    def phone(self, value: str) -> str:
        """A number by the last eight digits, however they are written."""
        key = f"right(regexp_replace({value}, '\\D', '', 'g'), 8)"
        size = 10**_PHONE_DIGITS
        digits = f"lpad(({SCHEMA}.n('phone', {key}) % {size})::text, {_PHONE_DIGITS}, '0')"
        check = "lpad((d::int % 97)::text, 2, '0')"
        return f"(SELECT '{PHONE_PREFIX}' || d || {check} FROM (SELECT {digits} AS d) q)"

    def street(self, value: str) -> str:
        """A street and a number."""
        key = self._key(value)
        return (
            f"{self.pick('street', 'street', key)} || ' ' || (1 + {SCHEMA}.n('house', {key}) % 199)"
        )

    def city(self, value: str) -> str:
        """A city."""
        return self.pick("city", "city", self._key(value))

    def vat(self, value: str) -> str:
        """A VAT number of the same country, with a valid checksum."""
        plain = f"upper(regexp_replace({value}, '[^A-Za-z0-9]', '', 'g'))"
        size = min(len(self.places[f"vat_{country}"]) for country in VATS)
        starts = " ".join(
            f"WHEN '{country}' THEN {self.places[f'vat_{country}'].start}" for country in VATS
        )
        other = self.places["vat_BE"].start
        start = f"CASE left({plain}, 2) {starts} ELSE {other} END"
        n = f"{start} + ({SCHEMA}.n('vat', {plain}) % {size})::int"
        return f"(SELECT p.value FROM {SCHEMA}.pool p WHERE p.n = {n})"

    def iban(self, value: str) -> str:
        """A Belgian IBAN of a bank that does not exist (999), with valid checksums."""
        plain = f"upper(regexp_replace({value}, '[^A-Za-z0-9]', '', 'g'))"
        ten = f"'999' || lpad(({SCHEMA}.n('iban', {plain}) % 10000000)::text, 7, '0')"
        national = (
            "lpad((CASE b::bigint % 97 WHEN 0 THEN 97 ELSE b::bigint % 97 END)::text, 2, '0')"
        )
        check = "lpad((98 - (b || '111400')::numeric % 97)::text, 2, '0')"
        twelve = f"SELECT b || {national} AS b FROM (SELECT {ten} AS b) ten"
        return f"(SELECT 'BE' || {check} || b FROM ({twelve}) twelve)"

    def url(self, value: str) -> str:
        """A page of a site that does not exist."""
        return f"'https://' || {SCHEMA}.x('url', {self._key(value)}, 12) || '.invalid'"

    def domain(self, value: str) -> str:
        """A domain that does not exist."""
        return f"{SCHEMA}.x('domain', {self._key(value)}, 12) || '.invalid'"

    def text(self, value: str) -> str:
        """A sentence."""
        return self.pick("text", "text", value)

    def html(self, value: str) -> str:
        """A paragraph."""
        return f"'<p>' || {self.pick('text', 'text', value)} || '</p>'"

    def label(self, value: str) -> str:
        """A word and eight digits: unique, readable, says nothing."""
        return f"{self.pick('word', 'label', value)} || ' ' || {SCHEMA}.x('label', {value}, 8)"

    def code(self, value: str) -> str:
        """A code of letters and digits, unique."""
        return f"'X' || upper({SCHEMA}.x('code', btrim({value}), 12))"

    def hash(self, value: str) -> str:
        """Thirty-two digits."""
        return f"{SCHEMA}.x('hash', {value}, 32)"

    def first_name(self, value: str) -> str:
        """A first name."""
        return self.pick("first", "first", self._key(value))

    def last_name(self, value: str) -> str:
        """A last name."""
        return self.pick("last", "last", self._key(value))

    def markup(self, value: str) -> str:
        """The tags, without the words between them and in the attributes that people read."""
        tags = f"regexp_replace({value}, '(^|>)[^<>]*[^<>\\s][^<>]*(?=<|$)', '\\1…', 'g')"
        read = "title|alt|placeholder|content|value|aria-label|data-[a-z-]+|href|src"
        return f"regexp_replace({tags}, '\\s(({read})=)(\"[^\"]*\"|''[^'']*'')', ' \\1\"#\"', 'g')"

    def recognized(self, strategy: str, value: str) -> str:
        """SQL condition: the text is one that this strategy makes, whatever the key was."""
        digits = f"substr({value}, {len(PHONE_PREFIX) + 1}, {_PHONE_DIGITS})"
        conditions = {
            # First names of the pool are single words; last names need not be.
            "person": self.in_pool(["first"], f"split_part({value}, ' ', 1)")
            + " AND "
            + self.in_pool(["last"], f"substr({value}, length(split_part({value}, ' ', 1)) + 2)"),
            "company": self.in_pool(["company"], value),
            "first_name": self.in_pool(["first"], value),
            "last_name": self.in_pool(["last"], value),
            "email": f"{value} ~ '^[a-z.]+\\.[0-9a-f]{{12}}@' "
            f"AND {value} LIKE '%@{self.mail_domain}'",
            "phone": f"CASE WHEN {value} ~ '^\\{PHONE_PREFIX}[0-9]{{{_PHONE_DIGITS + 2}}}$' "
            f"THEN right({value}, 2)::int = {digits}::int % 97 ELSE false END",
            "street": self.in_pool(["street"], f"regexp_replace({value}, ' [0-9]{{1,3}}$', '')"),
            "city": self.in_pool(["city"], value),
            "zip": self.in_pool(["zip"], value),
            "vat": self.in_pool((f"vat_{country}" for country in VATS), value),
            "iban": f"{value} ~ '^BE[0-9]{{2}}999[0-9]{{9}}$'",
            "url": f"{value} ~ '^https://[0-9a-f]{{12}}\\.invalid$'",
            "domain": f"{value} ~ '^[0-9a-f]{{12}}\\.invalid$'",
            "text": self.in_pool(["text"], value),
            "html": f"{value} LIKE '<p>%</p>' AND "
            + self.in_pool(["text"], f"substr({value}, 4, length({value}) - 7)"),
            "label": f"{value} ~ '^[A-Z][a-z]* [0-9a-f]{{8}}$'",
            "code": f"{value} ~ '^X[0-9A-F]{{12}}$'",
            "hash": f"{value} ~ '^[0-9a-f]{{32}}$'",
            "markup": f"{value} !~ '(^|>)[^<>]*[^<>\\s…][^<>]*(<|$)'",
        }
        return f"({conditions[strategy]})"


_MAKERS: dict[str, Callable[[Maker, str], str]] = {
    name: getattr(Maker, name)
    for name in (
        *("person", "company", "email", "phone", "street", "city", "vat", "iban", "url", "domain"),
        *("text", "html", "label", "code", "hash", "first_name", "last_name", "markup"),
    )
}
