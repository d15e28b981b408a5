"""The SQL of each strategy: a value's replacement.

All functions take SQL and give SQL. A replacement is chosen by a keyed hash of the old value, so
equal values stay equal in every table, and nobody can reverse it without the run's key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipeline.privacy.treatment import markup, names
from pipeline.privacy.treatment.numbers import Numbers, Renamed
from pipeline.privacy.treatment.pools import VATS

#: The schema of a run's pools and functions; dropped at its end.
SCHEMA = "pipeline_anonymization"
#: The digits after it are a hash and, in the last two places, its checksum.
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
MARKUP = markup.functions(SCHEMA)
NAMES = names.functions(SCHEMA)
READY = (
    f"CREATE UNIQUE INDEX ON {SCHEMA}.pool (n) INCLUDE (value, slug)",
    f"ANALYZE {SCHEMA}.pool",
    f"ANALYZE {SCHEMA}.word",
    f"ANALYZE {SCHEMA}.stays",
)
CLEANUP = f"DROP SCHEMA {SCHEMA} CASCADE"


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Maker:
    """Builds the SQL that replaces texts.

    Attributes:
        places: the range of each pool in the table of all pools.
        mail_domain: of fake mail addresses.
        testers: external ids of the users that may have a password.
        numbers: patterns of document numbers (see :mod:`pipeline.privacy.treatment.numbers`).
        longest: length of the longest value of each pool, and of its form in an address.
    """

    places: Mapping[str, range]
    mail_domain: str
    testers: tuple[str, ...] = ()
    numbers: Numbers = Numbers("")
    longest: Mapping[str, int] = field(default_factory=dict)

    def most(self, strategy: str) -> int:
        """Maximum length of a strategy's texts; 0: as long as the old text."""
        size = {kind: self.longest.get(kind, 0) for kind in self.places}
        person = size["first"] + 1 + size["last"]
        return {
            "person": person,
            "party": max(person, size["company"]),
            "first_name": size["first"],
            "last_name": size["last"],
            "company": size["company"],
            "email": size["last"] + 14 + len(self.mail_domain),
            "login": size["last"] + 14 + len(self.mail_domain),
            "phone": len(PHONE_PREFIX) + _PHONE_DIGITS + 2,
            "street": size["street"] + 4,
            "city": size["city"],
            "zip": size["zip"],
            "vat": max(size[f"vat_{country}"] for country in VATS),
            "iban": 16,
            "url": 28,
            "domain": 20,
            "text": size["text"],
            "html": size["text"] + 7,
            "label": size["word"] + 9,
            "number": size["word"] + 9,
            "code": 13,
            "hash": 32,
            "path": 15,
            "xmlid": 24,
        }.get(strategy, 0)

    def replacement(self, strategy: str, value: str, city: str = "") -> str:
        """The replacement of a text that is neither NULL nor empty; ``city`` matches ``zip``."""
        made = _MAKERS[strategy](self, value) if strategy != "zip" else self._zip(value, city)
        return f"({made})"

    def _zip(self, value: str, city: str) -> str:
        # The zip code of the fake city, so that the two match.
        if not city:
            return self.pick("zip", "city", self._key(value))
        key = f"coalesce(nullif({city}, ''), {value})"
        return self.pick("zip", "city", self._key(key))

    def pick(self, kind: str, domain: str, value: str, column: str = "value") -> str:
        """An entry of a pool, selected by the hash of a value."""
        place = self.places[kind]
        n = f"{place.start} + ({SCHEMA}.n('{domain}', {value}) % {len(place)})::int"
        return f"(SELECT p.{column} FROM {SCHEMA}.pool p WHERE p.n = {n})"

    @staticmethod
    def _key(value: str) -> str:
        """The normalized value: two spellings of a name are one person."""
        return f"lower(btrim({value}))"

    def person(self, value: str) -> str:
        """A first name and a last name."""
        key = self._key(value)
        return f"{self.pick('first', 'first', key)} || ' ' || {self.pick('last', 'last', key)}"

    def company(self, value: str) -> str:
        """A company's name."""
        return self.pick("company", "company", self._key(value))

    def email(self, value: str) -> str:
        """A mail address that nobody can have: unique, at a domain that does not exist."""
        address = f"substring(lower({value}) FROM '[^<>\\s,;\"]+@[^<>\\s,;\"]+')"
        key = f"coalesce({address}, {self._key(value)})"
        name = self.pick("last", "email", key, "slug")
        return f"{name} || '.' || {SCHEMA}.x('email', {key}, 12) || '@{self.mail_domain}'"

    def phone(self, value: str) -> str:
        """A phone number, chosen by the last eight digits, however they are written."""
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
        """A word and eight digits: unique, readable, meaningless."""
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

    def number(self, value: str) -> str:
        """A document number: words of a known series become codes, any other number a label."""
        cases = "".join(
            f" WHEN {value} ~ {literal(one.expression)} THEN {self._renamed(one, value)}"
            for one in self.numbers.renamed
        )
        return f"CASE{cases} ELSE {self.label(value)} END" if cases else self.label(value)

    @staticmethod
    def _renamed(one: Renamed, value: str) -> str:
        groups = range(1, one.groups + 1)
        parts = (f"{SCHEMA}.code(m[{n}])" if n in one.words else f"m[{n}]" for n in groups)
        return (
            f"(SELECT {' || '.join(parts)} FROM regexp_match({value}, {literal(one.expression)}) m)"
        )

    def path(self, value: str) -> str:
        """The path of a page: an allowed one, or one without words."""
        made = f"'/p-' || {SCHEMA}.x('path', {self._key(value)}, 12)"
        return f"CASE WHEN {SCHEMA}.stays('path', {value}) THEN {value} ELSE {made} END"

    def xmlid(self, value: str) -> str:
        """The external id of a view: a module's, or one without words."""
        made = f"'anonymized.x' || {SCHEMA}.x('xmlid', {value}, 12)"
        return f"CASE WHEN {SCHEMA}.stays('xmlid', {value}) THEN {value} ELSE {made} END"

    def series(self, value: str) -> str:
        """The text around the digits of numbers, with a code for each word from people."""
        return f"{SCHEMA}.series({value})"

    def markup(self, value: str) -> str:
        """Markup with known tags and attributes only, without words."""
        return f"{SCHEMA}.markup({value})"


_MAKERS: dict[str, Callable[[Maker, str], str]] = {
    name: getattr(Maker, name)
    for name in (
        *("person", "company", "email", "phone", "street", "city", "vat", "iban", "url", "domain"),
        *("text", "html", "label", "code", "hash", "first_name", "last_name", "markup"),
        *("number", "path", "xmlid", "series"),
    )
}
