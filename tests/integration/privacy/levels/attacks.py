"""Linkage attacks: somebody has the original database and the result, and looks for each person.

Each attack reads both and gives the share of the people whose record it finds. The ids of records
are only the truth that a guess is compared with.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence

Rows = Callable[[str], list[tuple]]
Attack = Callable[[Rows, Rows], float]


def share(guesses: Mapping[int, int], people: int) -> float:
    """The share of the people who were found."""
    return sum(guess == truth for truth, guess in guesses.items()) / people


def exact(query: str) -> Attack:
    """Who has values that nobody else has, is the one who has them in the result.

    Args:
        query: of an id, and of values.
    """

    def attack(original: Rows, result: Rows) -> float:
        before, after = original(query), result(query)
        return share(_joined(before, after), len(before))

    return attack


def _joined(before: Sequence[tuple], after: Sequence[tuple]) -> dict[int, int]:
    found: dict[Hashable, list[int]] = defaultdict(list)
    for one, *values in after:
        if any(value is not None for value in values):
            found[tuple(values)].append(one)
    times = Counter(tuple(values) for _, *values in before)
    return {
        one: found[tuple(values)][0]
        for one, *values in before
        if times[tuple(values)] == 1 and len(found[tuple(values)]) == 1
    }


def in_order(query: str) -> Attack:
    """The first of all is still the first, and so on."""

    def attack(original: Rows, result: Rows) -> float:
        before, after = (
            [row for row in rows(query) if None not in row] for rows in (original, result)
        )
        lists = (
            [one for one, _ in sorted(rows, key=lambda row: row[1])] for rows in (before, after)
        )
        return share(dict(zip(*lists)), max(len(before), 1))

    return attack


def frequency(query: str) -> Attack:
    """The most frequent value is still the most frequent one, and so on.

    Args:
        query: of an id and a value.
    """

    def attack(original: Rows, result: Rows) -> float:
        before, after = original(query), result(query)
        ranks = (_by_frequency(before), _by_frequency(after))
        # Where all are equal, nobody is told apart.
        guesses = dict(zip(*ranks)) if len(ranks[1]) > 1 else {}
        values = dict(after)
        return sum(values[one] == guesses.get(value) for one, value in before) / len(before)

    return attack


def _by_frequency(rows: Sequence[tuple]) -> list[object]:
    counted = Counter(value for _, value in rows)
    times = Counter(counted.values())
    # Of those that are equally frequent, none can be told.
    return [value for value, n in counted.most_common() if times[n] == 1]


def alike(original: Rows, result: Rows) -> float:
    """Photos are compared by a perceptual hash: whether each point is brighter than the next."""
    query = "SELECT res_id, db_datas FROM ir_attachment WHERE res_field = 'image_1920'"
    before, after = (
        [(one, fingerprint(bytes(data))) for one, data in rows(query)]
        for rows in (original, result)
    )
    return share(_joined(before, after), len(before))


def fingerprint(image: bytes) -> int:
    """The difference hash of a grey PNG image: 64 bits for 9 by 8 points."""
    data, place, width = b"", 8, 0
    while place < len(image):
        (size,) = struct.unpack(">I", image[place : place + 4])
        kind, body = image[place + 4 : place + 8], image[place + 8 : place + 8 + size]
        width = struct.unpack(">I", body[:4])[0] if kind == b"IHDR" else width
        data += body if kind == b"IDAT" else b""
        place += size + 12
    plain = zlib.decompress(data)
    rows = [plain[n + 1 : n + 1 + width] for n in range(0, len(plain), width + 1)]
    bits = [row[n] < row[n + 1] for row in rows for n in range(len(row) - 1)]
    return sum(bit << n for n, bit in enumerate(bits))


def in_links(original: Rows, result: Rows) -> float:
    """Links that are stored in texts name the ids of records, and tokens that open them."""
    query = "SELECT id, narration FROM account_move WHERE narration IS NOT NULL"
    before, after = (
        [(one, tuple(re.findall(r"/my/invoices/(\d+)\S*", text))) for one, text in rows(query)]
        for rows in (original, result)
    )
    return share(_joined(before, [(one, found or None) for one, found in after]), len(before))


#: By name: an attack that finds nearly everybody in a copy that nothing was done to.
ATTACKS: dict[str, Attack] = {
    "names": exact("SELECT min(id), name FROM hr_employee GROUP BY name HAVING count(*) = 1"),
    "addresses": exact("SELECT id, email FROM res_partner WHERE id < 1000"),
    "amounts": exact("SELECT partner_id, amount_total FROM sale_order"),
    "prices": exact(
        "SELECT partner_id, price_unit FROM account_move_line WHERE move_id < 10000 AND debit > 0"
    ),
    "days": exact("SELECT partner_id, invoice_date FROM account_move WHERE id < 10000"),
    "moments": exact("SELECT partner_id, date_order FROM sale_order"),
    "order of amounts": in_order("SELECT partner_id, amount_total FROM sale_order"),
    "order of moments": in_order("SELECT partner_id, date_order FROM sale_order"),
    "order of names": in_order("SELECT id, email FROM res_partner WHERE id < 1000"),
    "order of creation": in_order("SELECT id, create_date FROM res_partner WHERE id < 1000"),
    "creation": exact("SELECT id, create_uid, create_date FROM res_partner WHERE id < 1000"),
    "authors": frequency("SELECT id, create_uid FROM res_partner WHERE id < 1000"),
    "logins": exact("SELECT id, create_date FROM res_users_log"),
    "frequency of names": frequency("SELECT id, name FROM hr_employee"),
    "numbers of documents": exact(
        "SELECT partner_id, name FROM account_move WHERE name LIKE 'INV/%'"
    ),
    "origins": exact("SELECT partner_id, invoice_origin FROM account_move WHERE id < 10000"),
    "counters": exact("SELECT partner_id, sequence_number FROM account_move WHERE id < 10000"),
    "sizes of files": exact(
        "SELECT res_id, file_size FROM ir_attachment WHERE res_field = 'image_1920'"
    ),
    "contents of files": exact(
        "SELECT res_id, length(db_datas) FROM ir_attachment WHERE res_field = 'image_1920'"
    ),
    "photos": alike,
    "links": in_links,
    "profiles": exact(
        "SELECT id, customer_rank, country_id, type, is_company, create_date, write_date "
        "FROM res_partner WHERE id < 1000"
    ),
    "departures": exact("SELECT id, gender, departure FROM hr_employee"),
}
