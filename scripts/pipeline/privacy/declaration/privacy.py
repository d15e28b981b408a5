"""How far an anonymization goes beyond names: its level, and which kept columns it concerns.

At level ``tests`` whatever is declared as kept stays. Higher levels give kept columns another
treatment by their type; what the type does not say is declared here: which numbers are money,
what stays at each level, and whom the amounts of a table belong to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.core.errors import SettingsError

#: By level, what becomes of kept columns.
MEANINGS: Mapping[str, str] = {
    "tests": "dates, amounts and numbers of documents are as they were",
    "demo": "dates were moved within their month, amounts multiplied by one secret factor",
    "public": "dates are months or years, amounts were multiplied by a secret factor for each "
    "owner, who wrote what and when is the same everywhere",
}
LEVELS = tuple(MEANINGS)
_KEYS = ("level", "k")
_MOST = 1000


@dataclass(frozen=True)
class Privacy:
    """The levels' part of a declaration.

    Attributes:
        level: one of :data:`LEVELS`.
        k: at level ``public``, so many rows of a table with people agree in all that is kept.
        money: kept columns with amounts of money whose field does not say so: a price that is a
            plain number.
        fixed: kept columns that stay at every level.
        owners: by table, the way to the record whose amounts change by one factor at level
            ``public``, as columns joined by dots.
        counters: kept columns that repeat the last digits of a document's number, each with the
            column that has the number.
    """

    level: str = "tests"
    k: int = 5
    money: frozenset[tuple[str, str]] = frozenset()
    fixed: frozenset[tuple[str, str]] = frozenset()
    owners: Mapping[str, str] = field(default_factory=dict)
    counters: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def over(self, base: Privacy, data: Mapping[str, Any]) -> Privacy:
        """This one, with ``base`` for everything that ``data``, which it was read from, leaves
        out."""
        given = data.get("privacy", {})
        return Privacy(
            level=self.level if "level" in given else base.level,
            k=self.k if "k" in given else base.k,
            money=base.money | self.money,
            fixed=base.fixed | self.fixed,
            owners={**base.owners, **self.owners},
            counters={**base.counters, **self.counters},
        )


def parse_privacy(data: Mapping[str, Any], origin: str) -> Privacy:
    """The levels' part of parsed TOML. Raises SettingsError, naming the invalid key."""
    given = _section(data, "privacy", origin)
    if unknown := sorted(given.keys() - {*_KEYS}):
        raise _wrong(f"{origin}: [privacy] has no key {unknown[0]}", " and ".join(_KEYS))
    level, k = given.get("level", "tests"), given.get("k", 5)
    if level not in LEVELS:
        raise _wrong(f"{origin}: [privacy] level = {level!r}", f"one of {', '.join(LEVELS)}")
    if not isinstance(k, int) or isinstance(k, bool) or not 2 <= k <= _MOST:
        raise _wrong(f"{origin}: [privacy] k = {k!r}", f"a number from 2 to {_MOST}")
    owners = _section(data, "owners", origin)
    for table, path in owners.items():
        if not isinstance(path, str) or not all(path.split(".")):
            raise _wrong(f"{origin}: [owners] {table}", 'table = "order_id.partner_id"')
    counters: dict[tuple[str, str], str] = {}
    for table, columns in _section(data, "counters", origin).items():
        if not isinstance(columns, dict) or not all(
            isinstance(one, str) for one in columns.values()
        ):
            raise _wrong(f"{origin}: [counters] {table}", 'table = { column = "name" }')
        counters |= {(table, column): number for column, number in columns.items()}
    money, fixed = _listed(data, "money", origin), _listed(data, "fixed", origin)
    return Privacy(level, k, money, fixed, owners, counters)


def _listed(data: Mapping[str, Any], name: str, origin: str) -> frozenset[tuple[str, str]]:
    found = set()
    for table, columns in _section(data, name, origin).items():
        if not isinstance(columns, list) or not all(isinstance(one, str) for one in columns):
            raise _wrong(f"{origin}: [{name}] {table}", 'table = ["column", "column"]')
        found |= {(table, column) for column in columns}
    return frozenset(found)


def _section(data: Mapping[str, Any], name: str, origin: str) -> dict[str, Any]:
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise _wrong(f"{origin}: `{name}` is no section", f"[{name}]")
    return value


def _wrong(what: str, instead: str) -> SettingsError:
    return SettingsError(what, f"write instead: {instead}")
