"""The document numbers of the sequences and journals of a database, for the verification.

Written a second time, and not taken from the treatment, so that a mistake there is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Schema

_YEAR = "(?:19|20)[0-9][0-9]"
#: Digits for a part of a date; any other has two.
_DATES = {
    "year": _YEAR,
    "isoyear": _YEAR,
    "month": "(?:0[1-9]|1[012])",
    "day": "(?:0[1-9]|[12][0-9]|3[01])",
    "doy": "[0-9][0-9][0-9]",
    "weekday": "[0-9]",
}
_PLACEHOLDER = re.compile(r"(%\((?:range_|current_)?[a-z0-9]+\)s)")
_AFTER_JOURNAL = f"/{_YEAR}(?:/[0-9][0-9])?/[0-9]{{4,6}}"
#: Of Odoo's own journals and sequences.
_STANDARD = (
    f"[PR]?(?:INV|BILL|MISC|EXCH|CABA|STJ|OPEN|TAX|(?:BNK|CSH)[0-9]){_AFTER_JOURNAL}",
    "(?:S|P|SO|PO|MO|LEAD|(?:BATCH|WAVE|SP)/)[0-9]{5,6}",
    "WH/(?:IN|OUT|INT|PICK|PACK|DS|QC|STOR|XD|MO|POS|SBC|PC|SFP)/[0-9]{5,6}",
)


class Series:
    """Recognizes the numbers of a database."""

    def __init__(self, expressions: Iterator[str] | tuple[str, ...] = ()) -> None:
        self._expressions = [re.compile(one) for one in {*_STANDARD, *expressions}]

    def __contains__(self, text: str) -> bool:
        """Whether a sequence or a journal generates such a number."""
        longest = max((len(run) for run in re.findall("[0-9]+", text)), default=0)
        if longest > (12 if re.search("[A-Za-z]", text) else 8):
            return False
        return any(one.fullmatch(text) for one in self._expressions)


def read(database: Database, schema: Schema) -> Series:
    """The numbers of the sequences and journals that are in a database now."""
    return Series(iter((*_of_sequences(database, schema), *_of_journals(database, schema))))


def _of_sequences(database: Database, schema: Schema) -> Iterator[str]:
    if not schema.has("ir_sequence", "prefix", "suffix", "padding"):
        return
    query = "SELECT DISTINCT prefix, suffix, padding FROM public.ir_sequence"
    for prefix, suffix, padding in database.rows(query):
        before, after, least = prefix or "", suffix or "", max(1, padding or 0)
        if not (before or after):
            if least <= 5:
                yield f"[0-9]{{{least},5}}"
        elif not _is_a_date(before + after):
            yield f"{_expression(before)}[0-9]{{{least},{least + 2}}}{_expression(after)}"


def _of_journals(database: Database, schema: Schema) -> Iterator[str]:
    if schema.has("account_journal", "code"):
        for (code,) in database.rows("SELECT DISTINCT code FROM public.account_journal"):
            if code:
                yield f"[PR]?{re.escape(code)}{_AFTER_JOURNAL}"


def _is_a_date(affixes: str) -> bool:
    """Whether a whole date is all that is around the digits: a date of birth looks the same."""
    if re.search("[A-Za-z]", _PLACEHOLDER.sub("", affixes)):
        return False
    said = {_name(one) for one in _PLACEHOLDER.findall(affixes)}
    return {"month", "day"} <= said and bool(said & {"year", "y"})


def _expression(affix: str) -> str:
    return "".join(
        _DATES.get(_name(part), "[0-9][0-9]") if number % 2 else re.escape(part)
        for number, part in enumerate(_PLACEHOLDER.split(affix))
    )


def _name(placeholder: str) -> str:
    return placeholder[2:-2].removeprefix("range_").removeprefix("current_")
