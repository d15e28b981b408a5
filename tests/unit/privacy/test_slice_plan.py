"""Which tables a slice cuts, and from where."""

from __future__ import annotations

from pipeline.privacy.copies.slice_plan import plan_slice
from pipeline.privacy.database.foreign_keys import ForeignKey


def key(by: str, to: str, owned: bool = False) -> ForeignKey:
    return ForeignKey(by, to, (f"{to}_id",), ("id",), owned, f"ONLY {by}", f"ONLY {to}")


LINE = key("line", "orders", owned=True)


def test_big_tables_are_cut_and_what_belongs_to_them_with_them() -> None:
    """Whatever their size: 3 lines of 5000 orders are no reason to keep 3 orders."""
    keys = (LINE, key("tag_rel", "line", owned=True), key("tag_rel", "tag", owned=True))
    plan = plan_slice({"orders": 5000, "line": 3, "tag_rel": 2, "tag": 9}, {}, keys, 1000)
    assert plan.cut == ("line", "orders", "tag_rel")
    assert plan.roots == ("orders",)
    assert plan.owners == {"line": (LINE,), "tag_rel": (keys[1],)}
    assert plan.pointing == (LINE, keys[1])


def test_what_only_points_is_no_part_of_what_it_points_to() -> None:
    plan = plan_slice({"orders": 5000, "line": 3}, {}, (key("line", "orders"),), 1000)
    assert plan.cut == plan.roots == ("orders",) and len(plan.pointing) == 1


def test_configuration_is_whole() -> None:
    rows = dict.fromkeys(("ir_model_data", "ir_attachment", "res_country", "res_partner"), 5000)
    plan = plan_slice(rows, {"res_country": 2500, "res_partner": 2499}, (), 1000)
    assert plan.cut == ("ir_attachment", "res_partner")
    owned = key("res_country", "res_partner", owned=True)
    assert plan_slice(rows, {"res_country": 2500}, (owned,), 1000).cut == plan.cut


def test_a_size_is_a_limit() -> None:
    assert plan_slice({"a": 10, "b": 11}, {}, (), 10).cut == ("b",)
    assert plan_slice({"a": 0, "b": 1}, {}, (), 0).cut == ("b",)


def test_a_table_that_belongs_to_itself_is_a_root() -> None:
    plan = plan_slice({"a": 10}, {}, (key("a", "a", owned=True),), 1)
    assert plan.roots == ("a",) and plan.owners == {} and len(plan.pointing) == 1


def test_one_of_a_cycle_is_a_root() -> None:
    keys = (key("a", "b", owned=True), key("b", "a", owned=True), key("c", "b", owned=True))
    plan = plan_slice({"a": 10, "b": 10, "c": 10, "d": 10}, {}, keys, 1)
    assert plan.roots == ("a", "d")
    assert sorted(plan.owners) == ["a", "b", "c"]


def test_what_names_a_record_of_any_model_is_no_root() -> None:
    plan = plan_slice({"a": 10, "message": 10}, {}, (), 1, followers=("message",))
    assert plan.cut == ("a", "message") and plan.roots == ("a",)


def test_a_table_that_is_not_counted_still_holds_what_it_points_to() -> None:
    """An extension's own."""
    foreign = key("of_an_extension", "a", owned=True)
    plan = plan_slice({"a": 10}, {}, (foreign,), 1)
    assert plan.cut == ("a",) and plan.pointing == (foreign,)


def test_a_table_that_is_named_is_cut_unless_it_is_configuration() -> None:
    rows, brought = {"orders": 2, "line": 3, "ir_model": 9, "country": 4}, {"country": 2}
    plan = plan_slice(rows, brought, (LINE,), 10, named=("orders", "ir_model", "country"))
    assert plan.cut == ("line", "orders") and plan.roots == ("orders",)
