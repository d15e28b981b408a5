"""Numbers of documents: those that a sequence of the database makes, or one of Odoo's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Schema

#: What stands in a sequence's prefix and suffix for a part of a date, and its digits.
_DATE = re.compile(r"%\((?:range_|current_)?([a-z0-9]+)\)s")
_PARTS = {"year": 4, "isoyear": 4, "doy": 3, "weekday": 1}
_YEAR = "(19|20)[0-9]{2}"
#: Of Odoo's own journals and sequences: INV/2026/00001, S00012, P00007, WH/OUT/00003.
STANDARD = (
    "[PR]?(INV|BILL|MISC|EXCH|CABA|STJ|OPEN|TAX|BNK[0-9]|CSH[0-9])"
    f"/{_YEAR}(/[0-9]{{2}})?/[0-9]{{4,6}}",
    "(S|P|SO|PO|MO|LEAD)[0-9]{5,6}",
    "WH/(IN|OUT|INT|PICK|PACK|DS|QC|STOR|XD|MO|POS|SBC|PC|SFP)/[0-9]{5,6}",
    "(BATCH|WAVE|SP)/[0-9]{5,6}",
)
SEQUENCES = (
    "SELECT DISTINCT coalesce(prefix, ''), coalesce(suffix, ''), coalesce(padding, 0) "
    "FROM public.ir_sequence"
)
JOURNALS = "SELECT DISTINCT code FROM public.account_journal WHERE code ~ '^[A-Z][A-Z0-9]{0,4}$'"
#: Digits that a number may have without anything around it.
_BARE = 5


def expression(database: Database, schema: Schema) -> str:
    """A regular expression of PostgreSQL for the whole of a document's number."""
    return "|".join(sorted({*STANDARD, *_of_sequences(database, schema)}))


def _of_sequences(database: Database, schema: Schema) -> Iterator[str]:
    if schema.has("ir_sequence", "prefix", "suffix", "padding"):
        for prefix, suffix, padding in database.rows(SEQUENCES):
            least = max(1, int(padding))
            if not (prefix or suffix):
                if least <= _BARE:
                    yield f"[0-9]{{{least},{_BARE}}}"
                continue
            yield f"{_affix(prefix)}[0-9]{{{least},{min(least + 2, 250)}}}{_affix(suffix)}"
    if schema.has("account_journal", "code"):
        for (code,) in database.rows(JOURNALS):
            yield f"[PR]?{code}/{_YEAR}(/[0-9]{{2}})?/[0-9]{{4,6}}"


def _affix(text: str) -> str:
    """A prefix or suffix as an expression: a part of a date is that many digits."""
    whole, last = "", 0
    for found in _DATE.finditer(text):
        whole += _literal(text[last : found.start()]) + f"[0-9]{{{_PARTS.get(found[1], 2)}}}"
        last = found.end()
    return whole + _literal(text[last:])


def _literal(text: str) -> str:
    return re.sub(r"([^\w /-])", r"\\\1", text)
