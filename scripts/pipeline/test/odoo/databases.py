"""Which databases to prepare, so that each add-on is tested with what it needs and nothing else:
pure logic.

In a database with more modules, verdicts would be wrong: an add-on works by a module that its
manifest does not name, or fails because of one that it never meets in production. With one database
for each add-on, the same modules would be installed again and again. So the databases form a tree:
each has the modules of the one that it starts from, and some more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

#: One more database takes as long as the installation of about so many modules.
PREPARATION = 4
#: More than this are not prepared: each is a server's files on the engine's disk.
LIMIT = 24
#: So many sets of modules are compared with each other, so that a thousand add-ons take no minutes.
COMPARED = 4 * LIMIT
Modules = frozenset[str]


@dataclass(frozen=True)
class OdooModule:
    """A module of Odoo.

    Attributes:
        depends: the modules that it needs.
        automatic: the modules with which Odoo installs it unasked; None if it never does.
    """

    depends: tuple[str, ...]
    automatic: tuple[str, ...] | None = None


@dataclass(frozen=True)
class DatabaseLayer:
    """A database to prepare.

    Attributes:
        after: index of the one that it starts from; None for an empty server.
        modules: what to install, sorted.
        assets: whether the files that browsers load are made in it.
    """

    after: int | None
    modules: tuple[str, ...]
    assets: bool = False


@dataclass(frozen=True)
class Databases:
    """Databases for all add-ons.

    Attributes:
        prepared: the databases, each after the one that it starts from.
        used: the index of the one that an add-on is tested in, by its name.
        whole: the index of the one for all add-ons together.
    """

    prepared: tuple[DatabaseLayer, ...]
    used: Mapping[str, int]
    whole: int


@dataclass(frozen=True)
class _Wanted:
    """A set of modules that add-ons need.

    Attributes:
        named: the modules whose installation is asked for, with all that they need.
        all: these, and those that Odoo installs unasked.
    """

    named: Modules
    all: Modules


def plan_databases(
    odoo: Mapping[str, OdooModule],
    needs: Mapping[str, Iterable[str]],
    always: Iterable[str],
    visited: Iterable[str] = (),
) -> Databases:
    """The databases for add-ons.

    Args:
        odoo: Odoo's modules, by name.
        needs: the modules that each add-on needs, by its name; those that Odoo lacks are left out.
        always: modules that every database has.
        visited: the add-ons whose tests load pages.
    """
    least = {"base", *always}
    wanted = {addon: _wanted(odoo, {*least, *names}) for addon, names in needs.items()}
    together = _wanted(odoo, least.union(*needs.values()))
    root = _wanted(odoo, least)
    everyone = [*wanted.values(), together]
    chosen = _worthwhile(root, everyone, _candidates(odoo, everyone))
    prepared = [DatabaseLayer(None, _roots(odoo, root.named))]
    for number, one in enumerate(chosen[1:], start=1):
        after = _largest_within(chosen[:number], one)
        prepared.append(DatabaseLayer(after, _roots(odoo, one.named - chosen[after].all)))
    places = {addon: _largest_within(chosen, one) for addon, one in wanted.items()}
    whole = _largest_within(chosen, together)
    visitors = sorted({*visited} & places.keys())
    with_assets: dict[int, int] = {}
    for place in [*(places[addon] for addon in visitors), *([whole] if visitors else [])]:
        if place not in with_assets:
            with_assets[place] = len(prepared)
            prepared.append(DatabaseLayer(place, (), assets=True))
    places |= {addon: with_assets[places[addon]] for addon in visitors}
    return Databases(tuple(prepared), places, with_assets.get(whole, whole))


def _wanted(odoo: Mapping[str, OdooModule], names: Iterable[str]) -> _Wanted:
    """These modules of Odoo with what they need, and what Odoo adds."""
    named = _closure(odoo, names)
    found, before = set(named), 0
    waiting = {
        name: {*module.automatic} for name, module in odoo.items() if module.automatic is not None
    }
    while len(found) > before:  # one that was added may be what another one waits for
        before = len(found)
        added = [name for name, triggers in waiting.items() if triggers <= found]
        found |= _closure(odoo, added)
        for name in added:
            del waiting[name]
    return _Wanted(named, frozenset(found))


def _closure(odoo: Mapping[str, OdooModule], names: Iterable[str]) -> Modules:
    todo, found = list(names), set[str]()
    while todo:
        name = todo.pop()
        if name in odoo and name not in found:
            found.add(name)
            todo += odoo[name].depends
    return frozenset(found)


def _candidates(odoo: Mapping[str, OdooModule], wanted: Collection[_Wanted]) -> list[_Wanted]:
    """The sets that most add-ons need, and what any two of them share; smaller ones first."""
    counts = Counter(one.named for one in wanted)
    needed = _most_saving(counts, counts)
    shared = {first & second for first, second in combinations(needed, 2)}
    sets: dict[Modules, Modules] = {}
    for one in (_wanted(odoo, named) for named in _most_saving({*needed, *shared}, counts)):
        sets[one.all] = sets.get(one.all, one.named) & one.named
    found = [_Wanted(named, everything) for everything, named in sets.items()]
    return sorted(found, key=lambda one: (len(one.all), sorted(one.all)))


def _most_saving(sets: Iterable[Modules], wanted: Counter[Modules]) -> list[Modules]:
    """Those of the sets with the most modules for the most add-ons."""

    def key(named: Modules) -> tuple[int, list[str]]:
        uses = sum(count for other, count in wanted.items() if named <= other)
        return -len(named) * uses, sorted(named)

    return sorted(sets, key=key)[:COMPARED]


def _worthwhile(root: _Wanted, wanted: list[_Wanted], candidates: list[_Wanted]) -> list[_Wanted]:
    """The sets that get a database, smaller ones first: all that save more than they take.

    The least useful one is left out, again and again: what started from it then starts from a
    smaller one, of which the use grows.
    """
    chosen = [root, *(one for one in candidates if one.all > root.all)]
    while len(chosen) > 1:
        gains = _gains(chosen, wanted)
        least = min(range(1, len(chosen)), key=lambda index: gains[index])
        if gains[least] >= 0 and len(chosen) <= LIMIT:
            break
        del chosen[least]
    return chosen


def _gains(chosen: list[_Wanted], wanted: list[_Wanted]) -> list[int]:
    """How many installations of a module each database saves, more than it takes.

    Whatever starts from it saves those of the modules that it has more than the one that it starts
    from; an add-on's tests twice, as they run again after each change.
    """
    starts = [_largest_within(chosen[: number or 1], one) for number, one in enumerate(chosen)]
    uses = [0] * len(chosen)
    for place in starts[1:]:
        uses[place] += 1
    for one in wanted:
        uses[_largest_within(chosen, one)] += 2
    more = [len(one.all - chosen[place].all) for one, place in zip(chosen, starts, strict=True)]
    return [use * number - number - PREPARATION for use, number in zip(uses, more, strict=True)]


def _largest_within(chosen: Sequence[_Wanted], one: _Wanted) -> int:
    """The index of the largest set of which this one needs all modules. The first one always is."""
    return max(
        (number for number, other in enumerate(chosen) if other.named <= one.named),
        key=lambda number: (len(chosen[number].all), number),
    )


def _roots(odoo: Mapping[str, OdooModule], names: Modules) -> tuple[str, ...]:
    """Those on which none of the others depends, sorted: Odoo installs the rest with them."""
    return tuple(sorted(names - {needed for name in names for needed in odoo[name].depends}))
