"""Questions to the graph of dependencies."""

from __future__ import annotations

from graphlib import CycleError

import pytest

from pipeline.core.addons import graph as g
from pipeline.core.addons.discovery import AddOn

#: c needs b needs a; d stands alone. sale and base are Odoo's.
GRAPH = {"a": ("base",), "b": ("a", "sale"), "c": ("b",), "d": ("base",)}


def test_dependencies_come_from_the_manifests():
    assert g.dependencies([AddOn("a", "a", "a/__manifest__.py", {"depends": ["sale"]})]) == {
        "a": ("sale",)
    }


def test_closure_follows_the_repository_only():
    assert g.closure(GRAPH, ["c"]) == {"a", "b", "c"}
    assert g.closure(GRAPH, ["sale"]) == set()


def test_external_modules_of_a_closure():
    assert g.external(GRAPH, ["c"]) == {"base", "sale"}
    assert g.external(GRAPH, ["d"]) == {"base"}


def test_dependents_of_a_change():
    assert g.dependents(GRAPH, ["a"]) == {"a", "b", "c"}
    assert g.dependents(GRAPH, ["d", "unknown"]) == {"d"}


def test_order_puts_needs_first():
    assert g.order(GRAPH, ["c", "a", "b"]) == ("a", "b", "c")


def test_order_of_a_circle_is_an_error():
    with pytest.raises(CycleError):
        g.order({"a": ("b",), "b": ("a",)}, ["a", "b"])


@pytest.mark.parametrize(
    ("graph", "cycles"),
    [
        (GRAPH, ()),
        ({"a": ("a",)}, (("a", "a"),)),
        ({"b": ("c",), "c": ("a",), "a": ("b",), "d": ("a",)}, (("a", "b", "c", "a"),)),
        ({"a": ("b",), "b": ("a",), "x": ("y",), "y": ("x",)}, (("a", "b", "a"), ("x", "y", "x"))),
        ({"a": ("b", "c"), "b": ("c",), "c": ("b", "a")}, (("a", "c", "a"),)),
    ],
)
def test_each_knot_is_named_by_one_circle_in_the_order_of_depends(graph, cycles):
    assert g.cycles(graph) == cycles
    assert g.cycle(graph) == (cycles[0] if cycles else ())


def test_a_dense_knot_is_found_quickly():
    names = [f"m{number:02}" for number in range(60)]
    dense = {name: tuple(other for other in names if other != name) for name in names}
    assert g.cycles(dense) == (("m00", "m01", "m00"),)


def test_owners_of_files():
    addons = [AddOn("a", "addons/a", ""), AddOn("ab", "addons/ab", "")]
    assert g.owners(addons, ["addons/ab/models/x.py", "README.md"]) == {"ab"}
    assert g.owners([AddOn("root", ".", "")], ["models/x.py"]) == {"root"}
    # A submodule or a link stands for all that is in it.
    assert g.owners(addons, ["addons/a"]) == {"a"}
    assert g.owners(addons, ["addons"]) == {"a", "ab"}


def test_what_needs_an_add_on_that_is_not_there():
    needs = {"a": ("gone",), "b": ("a",), "c": ("base",)}
    assert g.dependents(needs, ["gone"]) == {"a", "b"}
    assert g.dependents(needs, ["a", "c"]) == {"a", "b", "c"}
    assert g.dependents(needs, []) == set()
