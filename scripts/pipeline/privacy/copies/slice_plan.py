"""Which tables a slice of a database cuts, and from where. Pure functions.

A table is cut if it is big, or if its rows belong to those of one that is cut: lines go with their
document. Others are whole. A slice begins with rows of the *roots*, the tables that are cut and
belong to no other, and is then closed: what a row that stays belongs to or points to stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from pipeline.privacy.database.foreign_keys import ForeignKey

#: Odoo's own tables: models, views, translations, rights. Without them it does not start.
_STRUCTURE = "ir_"
#: Those that grow with the business.
_GROWING = frozenset(("ir_attachment", "ir_logging"))


@dataclass(frozen=True)
class SlicePlan:
    """What a slice does with each table.

    Attributes:
        cut: tables that lose rows, sorted.
        roots: those of them that the slice begins with, sorted.
        owners: by table, the keys through which its rows belong to those of other tables that are
            cut: a row comes along if it stays with all of them.
        pointing: every key to a table that is cut.
    """

    cut: tuple[str, ...]
    roots: tuple[str, ...]
    owners: Mapping[str, tuple[ForeignKey, ...]]
    pointing: tuple[ForeignKey, ...]


def plan_slice(
    rows: Mapping[str, int],
    shipped: Mapping[str, int],
    keys: Iterable[ForeignKey],
    above: int,
    followers: Collection[str] = (),
    named: Collection[str] = (),
) -> SlicePlan:
    """Plan a slice.

    Args:
        rows: number of rows of each table.
        shipped: of these, how many a module brought: a table is configuration if these are half.
        keys: all foreign keys.
        above: tables with more rows than this are cut.
        followers: tables whose rows name a record of any model: they are no roots.
        named: tables that are cut whatever their size, unless they are configuration.
    """
    every = tuple(keys)
    whole = {
        table
        for table, count in rows.items()
        if (table.startswith(_STRUCTURE) and table not in _GROWING)
        or 2 * shipped.get(table, 0) >= max(count, 1)
    }
    cut = {table for table, count in rows.items() if count > above or table in named} - whole
    own = [key for key in every if key.owned and key.by != key.to and key.by in rows]
    while more := {key.by for key in own if key.to in cut and key.by not in whole} - cut:
        cut |= more
    owners = {
        table: tuple(key for key in own if key.by == table and key.to in cut) for table in cut
    }
    roots = {table for table in cut if not owners[table]}
    # Tables that belong to each other in a cycle: the slice begins with one of them.
    while unreached := cut - _reached(roots, owners):
        roots.add(min(unreached))
    return SlicePlan(
        cut=tuple(sorted(cut)),
        roots=tuple(sorted(roots - {*followers})),
        owners={table: some for table, some in sorted(owners.items()) if some},
        pointing=tuple(key for key in every if key.to in cut),
    )


def _reached(roots: set[str], owners: Mapping[str, tuple[ForeignKey, ...]]) -> set[str]:
    found = set(roots)
    while (
        more := {table for table, some in owners.items() if any(key.to in found for key in some)}
        - found
    ):
        found |= more
    return found
