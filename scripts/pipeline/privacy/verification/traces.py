"""People in texts that are kept: code, filters and labels that somebody wrote and that quote them.

A column is kept because its texts say nothing about a person. What no module brought, a person
wrote, and it may quote anybody: `if partner.email == "anna@acme.example"`. So these texts are
searched for the names, addresses and numbers that are to be replaced, before anything is changed.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from pipeline.privacy.database.catalog import quote
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Column, Schema
from pipeline.privacy.declaration.load import ColumnRule
from pipeline.privacy.treatment.columns import Treatment, stays_when_shipped
from pipeline.privacy.treatment.expressions import SCHEMA

#: What the value of a strategy is searched as. Names of one word are not: half of them are words.
SEARCHED = {
    **dict.fromkeys(("person", "company", "party", "street"), "words"),
    **dict.fromkeys(("email", "login"), "email"),
    "phone": "digits",
    **dict.fromkeys(("vat", "iban"), "number"),
}
#: Written when the list of modules is updated, from what their files say.
_OF_MODULES = ("ir_module_module",)
_MOST_WORDS, _LEAST_DIGITS, _LEAST_SIGNS = 6, 9, 8
#: Found in memory before they are stored; the same one may be stored again later.
_AT_ONCE = 100_000
_NO_WORD = r"[\s\d!-/:-@\[-`{-~]+"
_EMAIL = r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+"
_DIGITS = re.compile(r"[+(]?\d(?:[\s()./-]{0,2}\d){%d,}" % (_LEAST_DIGITS - 1))
_SIGNS = re.compile(r"[A-Z0-9](?:[ .-]?[A-Z0-9])+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
#: In SQL, of a column's value, the same forms.
_FORMS = {
    "words": f"trim(regexp_replace(lower({{0}}), '{_NO_WORD}', ' ', 'g'))",
    "email": f"substring(lower({{0}}) from '{_EMAIL}')",
    "digits": rf"right(regexp_replace({{0}}, '\D', '', 'g'), {_LEAST_DIGITS})",
    "number": "upper(regexp_replace({0}, '[ .-]', '', 'g'))",
}


def forms(text: str) -> set[tuple[str, str]]:
    """Everything in a text that may be somebody: the kind of search, and the form of the value.

    As it is written, backwards, in HTML, and in base64.
    """
    found: set[tuple[str, str]] = set()
    for variant in _variants(text):
        low = variant.lower()
        found |= {("email", match) for match in re.findall(_EMAIL, low)}
        for match in _DIGITS.findall(variant):
            found.add(("digits", re.sub(r"\D", "", match)[-_LEAST_DIGITS:]))
        for match in _SIGNS.findall(variant.upper()):
            found |= {("number", sign) for sign in _numbers(match)}
        words = re.sub(_NO_WORD, " ", low).split()
        for count in range(2, _MOST_WORDS + 1):
            for start in range(len(words) - count + 1):
                found.add(("words", " ".join(words[start : start + count])))
    return found


def quoted_people(
    database: Database,
    schema: Schema,
    entries: Mapping[tuple[str, str], ColumnRule],
    treatments: Iterable[Treatment],
) -> list[str]:
    """The kept columns that quote somebody, each with the columns whose values they quote.

    Args:
        database: an open connection, before the treatments.
        schema: of the database.
        entries: the treatment of each column.
        treatments: those that replace values.
    """
    kept = [
        schema.tables[table][name]
        for (table, name), entry in sorted(entries.items())
        if entry.strategy == "keep" and schema.tables[table][name].kind in ("text", "json")
    ]
    database.run(f"CREATE UNLOGGED TABLE {SCHEMA}.trace (kind text, form text, place text)")
    if not sum(_search(database, schema, column) for column in kept):
        return []
    database.run(f"ANALYZE {SCHEMA}.trace")
    quoting: dict[str, set[str]] = defaultdict(set)
    for one in treatments:
        kind = SEARCHED.get(one.entry.strategy)
        if kind and one.column.kind == "text":
            for place in _places(database, schema, one, kind):
                quoting[place].add(one.column.label)
    return [f"{place} quotes {', '.join(sorted(of))}" for place, of in sorted(quoting.items())]


def _places(database: Database, schema: Schema, one: Treatment, kind: str) -> list[str]:
    form = _FORMS[kind].replace("{0}", f"t.{one.name}::text")
    more = " AND o.form LIKE '% %'" if kind == "words" else ""
    rows = database.rows(
        f"SELECT DISTINCT p.place FROM (SELECT DISTINCT {form} AS form "
        f"FROM {schema.rows(one.column.table)} t WHERE {one.where}) o "
        f"JOIN {SCHEMA}.trace p ON p.kind = '{kind}' AND p.form = o.form{more}"
    )
    return [row[0] for row in rows]


def _search(database: Database, schema: Schema, column: Column) -> int:
    """Store what in a column's texts may be somebody; returns how much that is."""
    if column.table in _OF_MODULES or column.key or column.selection:
        return 0
    known = column.model and schema.has(column.table, "id", "write_uid")
    others = f" AND NOT ({stays_when_shipped(column.table, column.model)})" if known else ""
    name = f"t.{quote(column.name)}"
    found: set[tuple[str, str]] = set()
    number = 0
    for (text,) in database.stream(
        f"SELECT DISTINCT {name}::text FROM {schema.rows(column.table)} t "
        f"WHERE {name} IS NOT NULL{others}"
    ):
        found |= forms(text)
        if len(found) >= _AT_ONCE:
            number += _store(database, column, found)
            found.clear()
    return number + _store(database, column, found)


def _store(database: Database, column: Column, found: set[tuple[str, str]]) -> int:
    database.fill(f"{SCHEMA}.trace", ((kind, form, column.label) for kind, form in found))
    return len(found)


def _variants(text: str) -> Iterator[str]:
    yield text
    yield text[::-1]
    if "&" in text:
        yield html.unescape(text)
    for match in _BASE64.findall(text):
        try:
            padded = match.rstrip("=") + "=" * (-len(match.rstrip("=")) % 4)
            yield base64.b64decode(padded, altchars=b"-_").decode()
        except (binascii.Error, UnicodeDecodeError):
            continue


def _numbers(match: str) -> Iterator[str]:
    """The number in a run of signs, which may have words around it: from each word on to each."""
    parts = re.split(r"[ .-]", match)
    for start in range(len(parts)):
        for end in range(start + 1, min(len(parts), start + 10) + 1):
            joined = "".join(parts[start:end])
            if len(joined) >= _LEAST_SIGNS and sum(map(str.isdigit, joined)) >= _LEAST_SIGNS // 2:
                yield joined
