"""Which databases are prepared: sound for each add-on, and not more than pay."""

from __future__ import annotations

import random

import pytest

from pipeline.test.odoo.databases import LIMIT, Databases, OdooModule, plan_databases

#: base brings web; sale and stock bring sale_stock; six small ones hang on mail.
ODOO = {
    "base": OdooModule(()),
    "web": OdooModule(("base",), ("base",)),
    "mail": OdooModule(("web", "m1", "m2", "m3", "m4", "m5")),
    **{f"m{number}": OdooModule(("base",)) for number in range(1, 6)},
    "account": OdooModule(("mail", "a1", "a2", "a3", "a4", "a5", "a6")),
    **{f"a{number}": OdooModule(("base",)) for number in range(1, 7)},
    "sale": OdooModule(("account", "s1", "s2", "s3", "s4", "s5", "s6")),
    **{f"s{number}": OdooModule(("base",)) for number in range(1, 7)},
    "stock": OdooModule(("account", "t1", "t2", "t3", "t4", "t5", "t6")),
    **{f"t{number}": OdooModule(("base",)) for number in range(1, 7)},
    "sale_stock": OdooModule(("sale", "stock"), ("sale", "stock")),
}


def installed(odoo: dict[str, OdooModule], names: set[str]) -> set[str]:
    """What Odoo has after the installation of these, said in another way than the code's."""
    found = names & odoo.keys()
    while True:
        more = {needed for name in found for needed in odoo[name].depends}
        more |= {
            name
            for name, module in odoo.items()
            if module.automatic is not None and found >= {*module.automatic}
        }
        if more <= found:
            return found
        found |= more & odoo.keys()


def contents(odoo: dict[str, OdooModule], planned: Databases) -> list[set[str]]:
    """The modules of each database, as they are prepared one after the other."""
    found: list[set[str]] = []
    for one in planned.prepared:
        before = set() if one.after is None else found[one.after]
        found.append(installed(odoo, before | {*one.modules}))
    return found


def test_what_several_need_is_prepared_once_and_each_starts_from_what_it_needs_alone() -> None:
    needs = {"one": ["base"], "two": ["mail"], "three": ["sale"], "four": ["stock"]}
    planned = plan_databases(ODOO, needs, ["base"])
    assert [(one.after, one.modules) for one in planned.prepared] == [
        (None, ("base",)),
        (0, ("mail",)),
        (1, ("account",)),  # nobody's own: two start from it
        (2, ("sale",)),
        (2, ("stock",)),
        (4, ("sale",)),  # for all together, with what comes of both
    ]
    assert planned.used == {"one": 0, "two": 1, "three": 3, "four": 4} and planned.whole == 5
    everything = contents(ODOO, planned)
    assert "sale_stock" in everything[5] and "sale_stock" not in everything[4]


def test_a_database_that_saves_too_little_is_left_to_the_tests() -> None:
    planned = plan_databases(ODOO, {"one": ["base"], "two": ["m1"]}, ["base"])
    assert [one.modules for one in planned.prepared] == [("base",)]
    assert planned.used == {"one": 0, "two": 0}
    many = {f"x{number}": ["m1"] for number in range(5)}
    planned = plan_databases(ODOO, many, ["base"])
    assert [one.modules for one in planned.prepared] == [("base",), ("m1",)]
    assert {*planned.used.values()} == {1}


def test_what_browsers_load_is_made_only_where_tests_load_pages() -> None:
    needs = {"one": ["base"], "two": ["base"], "three": ["mail"]}
    planned = plan_databases(ODOO, needs, ["base"], ["two", "none"])
    assert [(one.after, one.modules, one.assets) for one in planned.prepared] == [
        (None, ("base",), False),
        (0, ("mail",), False),
        (0, (), True),
        (1, (), True),  # for all together, too
    ]
    assert planned.used == {"one": 0, "two": 2, "three": 1} and planned.whole == 3


def test_what_every_database_has_is_in_the_first_one_and_what_odoo_lacks_in_none() -> None:
    planned = plan_databases(ODOO, {"one": ["nothing_of_this_name", "web"]}, ["mail", "neither"])
    assert [one.modules for one in planned.prepared] == [("mail",)]
    assert planned.used == {"one": 0} and planned.whole == 0


def test_without_add_ons_there_is_one_database() -> None:
    planned = plan_databases(ODOO, {}, [])
    assert [one.modules for one in planned.prepared] == [("base",)]
    assert (planned.used, planned.whole) == ({}, 0)


@pytest.mark.parametrize("seed", range(30))
def test_no_database_has_a_module_that_its_add_ons_would_not_have(seed: int) -> None:
    """In generated Odoos, against another way to say what is installed."""
    chance = random.Random(seed)
    odoo = {"base": OdooModule(())}
    for number in range(chance.randrange(5, 60)):
        known = sorted(odoo)
        depends = tuple(chance.sample(known, min(len(known), chance.randrange(1, 4))))
        automatic = depends if chance.random() < 0.2 else None
        odoo[f"m{number}"] = OdooModule(depends, automatic)
    needs = {
        f"x{number}": chance.sample(sorted(odoo), chance.randrange(1, min(5, len(odoo))))
        for number in range(chance.choice([1, 5, 40, 150]))
    }
    always = chance.sample(sorted(odoo), 1)
    visited = [addon for addon in needs if chance.random() < 0.2]

    planned = plan_databases(odoo, needs, always, visited)

    everything = contents(odoo, planned)
    assert sum(not one.assets for one in planned.prepared) <= LIMIT
    assert planned.used.keys() == needs.keys()
    for addon, names in needs.items():
        wanted = installed(odoo, {"base", *always, *names})
        assert installed(odoo, {"base", *always}) <= everything[planned.used[addon]] <= wanted
        assert planned.prepared[planned.used[addon]].assets is (addon in visited)
    for number, one in enumerate(planned.prepared):
        assert one.after is None if number == 0 else one.after is not None and one.after < number
        assert not {*one.modules} & (everything[one.after] if one.after is not None else set())
