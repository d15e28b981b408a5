"""Document numbers: those from a sequence of the database, or from one of Odoo's own.

Words from people around the digits become a code, the same in the sequence, the journal and the
number: ``JEAN/2026/0001`` is ``X3F0A/2026/0001`` afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Schema
from pipeline.privacy.treatment.codes import parts, stem

#: Placeholders for parts of a date in a sequence's prefix and suffix, and their number of digits.
_DATE = re.compile(r"%\((?:range_|current_)?([a-z0-9]+)\)s")
_YEAR = "(?:19|20)[0-9]{2}"
_PARTS = {
    **{"year": _YEAR, "isoyear": _YEAR, "doy": "[0-9]{3}", "weekday": "[0-9]"},
    **{"month": "(?:0[1-9]|1[0-2])", "day": "(?:0[1-9]|[12][0-9]|3[01])"},
}
#: Of Odoo's own journals and sequences: INV/2026/00001, S00012, P00007, WH/OUT/00003; and drafts.
STANDARD = (
    "/",
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
JOURNALS = "SELECT DISTINCT code FROM public.account_journal WHERE code <> ''"
_AFTER_JOURNAL = f"/{_YEAR}(?:/[0-9]{{2}})?/[0-9]{{4,6}}"
#: Maximum digits of a number without anything around it.
_BARE = 5
#: Maximum digits side by side, with and without a letter in the number: a sequence with more of
#: them would let phone numbers and national numbers stay.
_SIDE_BY_SIDE = {True: 12, False: 8}


@dataclass(frozen=True)
class Renamed:
    """Numbers of a series with words from people.

    Attributes:
        expression: a regular expression of PostgreSQL, with a group for each part of a number.
        words: the groups, from 1, that are words.
        groups: the number of groups.
    """

    expression: str
    words: frozenset[int]
    groups: int

    @classmethod
    def of(cls, pieces: Iterable[tuple[str, bool]]) -> Renamed:
        """Build one from expressions, each with whether it is a word."""
        listed = list(pieces)
        groups = "".join(f"({piece})" for piece, _ in listed)
        words = (number for number, (_, is_word) in enumerate(listed, 1) if is_word)
        return cls(f"^{groups}$", frozenset(words), len(listed))


@dataclass(frozen=True)
class Numbers:
    """The document numbers of a database: those that stay, and those with replaced parts."""

    expression: str
    renamed: tuple[Renamed, ...] = ()


def read(database: Database, schema: Schema, codes: Iterable[str]) -> Numbers:
    """The document numbers of a database's sequences and journals.

    Args:
        database: an open connection.
        schema: of the database.
        codes: words that stay.
    """
    known = frozenset(codes).__contains__
    found: set[str] = set(STANDARD)
    renamed: list[Renamed] = []
    for pieces in (*_of_sequences(database, schema, known), *_of_journals(database, schema, known)):
        if any(is_word for _, is_word in pieces):
            renamed.append(Renamed.of(pieces))
        else:
            found.add("".join(piece for piece, _ in pieces))
    return Numbers("|".join(sorted(found)), tuple(renamed))


Known = Callable[[str], bool]
Pieces = list[tuple[str, bool]]


def _of_sequences(database: Database, schema: Schema, known: Known) -> Iterator[Pieces]:
    if not schema.has("ir_sequence", "prefix", "suffix", "padding"):
        return
    for prefix, suffix, padding in database.rows(SEQUENCES):
        least = max(1, int(padding))
        if not (prefix or suffix):
            most = _BARE
        else:
            most = min(least + 2, _room(prefix, suffix, known))
        if least <= most:
            digits = f"[0-9]{{{least},{most}}}"
            yield [*_affix(prefix, known), (digits, False), *_affix(suffix, known)]


def _room(prefix: str, suffix: str, known: Known) -> int:
    """The most digits that the counter of a sequence may have: none for a date without a letter."""
    before, after = _shape(prefix, known), _shape(suffix, known)
    letters = re.search("[A-Za-z]", before + after) is not None
    dates = set(_DATE.findall(prefix + suffix))
    if not letters and {"month", "day"} <= dates and dates & {"year", "y"}:
        return 0
    if max(len(run) for run in re.split("[^0]+", f"{before} {after}")) > _SIDE_BY_SIDE[letters]:
        return 0
    taken = len(before) - len(before.rstrip("0")) + len(after) - len(after.lstrip("0"))
    return _SIDE_BY_SIDE[letters] - taken


def _shape(affix: str, known: Known) -> str:
    """A prefix or suffix as it will be: zeros for digits, and a code for each word of a person."""
    shape = ""
    for part, is_word in parts(affix):
        if found := _DATE.fullmatch(part):
            shape += "0" * {"year": 4, "isoyear": 4, "doy": 3, "weekday": 1}.get(found[1], 2)
        else:
            replaced = is_word and not known(stem(part))
            shape += "X0000" if replaced else re.sub("[0-9]", "0", part)
    return shape


def _of_journals(database: Database, schema: Schema, known: Known) -> Iterator[Pieces]:
    if schema.has("account_journal", "code"):
        for (code,) in database.rows(JOURNALS):
            yield [("[PR]?", False), *_affix(code, known), (_AFTER_JOURNAL, False)]


def _affix(text: str, known: Known) -> Iterator[tuple[str, bool]]:
    """A prefix or suffix as expressions: a part of a date is its number of digits. Each with
    whether it is a word to be replaced."""
    for part, is_word in parts(text):
        if found := _DATE.fullmatch(part):
            yield _PARTS.get(found[1], "[0-9]{2}"), False
        else:
            yield _literal(part), is_word and not known(stem(part))


def _literal(text: str) -> str:
    return re.sub(r"([^\w /-])", r"\\\1", text)
