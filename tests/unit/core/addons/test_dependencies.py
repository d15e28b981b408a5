"""Add-ons of others: which of a repository's folders they are, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.check.lint.files import readable
from pipeline.check.manifests import check_manifests
from pipeline.check.secrets.tree import scan_tree
from pipeline.core.addons.dependencies import discover_dependencies, question, unlisted
from pipeline.core.addons.discovery import discover
from pipeline.core.addons.search import folders_of_others, is_place
from pipeline.core.errors import InputError
from pipeline.core.settings import ProjectSettings, Settings
from pipeline.test.plan import make_plan
from pipeline.test.units import Unit

#: Where the add-on `theirs` is, what leads to it, and what the settings name.
PLACES = {
    "its folder": ("vendor/theirs", {}, "vendor/theirs"),
    "a folder of add-ons": ("enterprise/theirs", {}, "enterprise"),
    "written with dots and a slash": ("enterprise/theirs", {}, "./enterprise/"),
    "a folder of repositories": ("vendor/oca/contract/theirs", {}, "vendor"),
    "deeper than add-ons are searched for": ("vendor/oca/contract/theirs", {}, "vendor/oca"),
    "a hidden folder": (".vendor/theirs", {}, ".vendor"),
    "a link to a folder": ("vendor/repo/theirs", {"links": "vendor/repo"}, "links"),
    "a link to an add-on": ("vendor/repo/theirs", {"theirs": "vendor/repo/theirs"}, "theirs"),
    "a folder of links": ("src/repo/theirs", {"links/theirs": "../src/repo/theirs"}, "links"),
}


def addon(root: Path, path: str, depends: str = "base", version: str = "19.0.1.0.0") -> None:
    """Write an add-on with a badly formatted file that has a secret in it."""
    folder = root / path
    folder.mkdir(parents=True)
    text = f'{{"name": "x", "version": "{version}", "depends": ["{depends}"], "license": "LGPL-3"}}'
    (folder / "__manifest__.py").write_text(text)
    key = "AKIA" + "QWERTZUIOPASDFGH"
    (folder / "__init__.py").write_text(f"key   =  '{key}'\n")


def linked(root: Path, links: dict[str, str]) -> None:
    """Make links: name and target."""
    for name, to in links.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(to)


def named(*dependencies: str, addons: tuple[str, ...] = ()) -> Settings:
    """Settings that name these folders."""
    return Settings(project=ProjectSettings(addons=addons, dependencies=dependencies))


@pytest.mark.parametrize("listed", [(), ("mine",)], ids=["searched", "addons named"])
@pytest.mark.parametrize("case", PLACES)
def test_an_addon_of_others_is_needed_and_nothing_else(
    tmp_path: Path, case: str, listed: tuple[str, ...]
) -> None:
    place, links, entry = PLACES[case]
    addon(tmp_path, "mine/own", depends="theirs")
    addon(tmp_path, place, depends="sale")
    linked(tmp_path, links)
    settings = named(entry, addons=listed)

    (own,) = discover(tmp_path, settings)
    (other,) = discover_dependencies(tmp_path, settings, [own])
    assert (own.name, other.name, other.path) == ("own", "theirs", place)
    plan = make_plan(tmp_path, settings)
    assert plan.units == (Unit("own", ("mine/own",), (place,)),)
    assert (plan.folders, plan.dependencies, plan.unlisted) == (("mine/own",), (place,), ())
    assert plan.needs.modules == {"own": ("sale",)} and plan.installable == ("own",)

    others = folders_of_others(tmp_path, settings)
    assert not [path for path in readable(tmp_path, others) if "theirs" in path]
    scanned = scan_tree(tmp_path, False, frozenset(), others)
    assert [path for path in scanned.hits if "theirs" in path] == []
    assert "mine/own/__init__.py" in scanned.hits
    assert is_place("mine/own", settings) and is_place(entry + "/anything", settings)


def _missing(root: Path) -> None:
    """Nothing is there."""


def _empty(root: Path) -> None:
    (root / "vendor").mkdir()


def _a_file(root: Path) -> None:
    (root / "vendor").write_text("no folder")


def _dangling(root: Path) -> None:
    (root / "vendor").symlink_to("gone")


def _outside(root: Path) -> None:
    addon(root.parent, "elsewhere/theirs")
    (root / "vendor").symlink_to("../elsewhere")


def _addon_outside(root: Path) -> None:
    addon(root.parent, "elsewhere/theirs")
    linked(root, {"vendor/theirs": "../../elsewhere/theirs"})


def _other_name(root: Path) -> None:
    addon(root, "src/repo/theirs")
    linked(root, {"vendor/alias": "../src/repo/theirs"})


def _twice(root: Path) -> None:
    addon(root, "vendor/a/theirs")
    addon(root, "vendor/b/theirs")


def _as_ours(root: Path) -> None:
    addon(root, "vendor/a/own")


def _other_series(root: Path) -> None:
    addon(root, "vendor/theirs", version="18.0.1.0.0")


BAD: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "missing": (_missing, "^vendor, a dependency .* does not exist", "git submodule update --init"),
    "empty": (_empty, "no add-ons in vendor", "git submodule update --init"),
    "a file": (_a_file, "vendor, .* is not a folder", "name the folder"),
    "dangling": (_dangling, "vendor is a link to .*gone, which is no folder", "fix the link"),
    "outside": (_outside, "vendor is a link to .*elsewhere, which is no folder", "fix the link"),
    "an add-on outside": (_addon_outside, "vendor/theirs is a link to", "fix the link"),
    "another name": (_other_name, "vendor/alias is a link to an add-on of another", "one name"),
    "twice": (_twice, "theirs exists 2 times: vendor/a/theirs, vendor/b/theirs", "remove"),
    "as ours": (_as_ours, "own exists 2 times: mine/own, vendor/a/own", "remove the others"),
    "another series": (_other_series, "vendor/theirs/.* is for Odoo 18.0", "branch 19.0"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named_with_its_fix_and_other_checks_run(
    tmp_path: Path, case: str
) -> None:
    making, message, fix = BAD[case]
    root = tmp_path / "source"
    addon(root, "mine/own", depends="theirs")
    making(root)
    settings = named("vendor", addons=("mine",))
    with pytest.raises(InputError, match=message) as raised:
        make_plan(root, settings)
    assert fix in raised.value.fix
    assert "mine/own/__init__.py" in readable(root, folders_of_others(root, settings))


@pytest.mark.parametrize("case", ["missing", "twice", "none"])
def test_manifests_are_checked_even_if_those_of_others_are_not_there(
    tmp_path: Path, case: str
) -> None:
    root = tmp_path / "source"
    addon(root, "mine/own", depends="theirs")
    making = BAD[case][0] if case in BAD else lambda root: addon(root, "vendor/theirs")
    making(root)
    found = check_manifests(root, named("vendor", addons=("mine",))).findings
    assert found and {one.path for one in found} == {"mine/own/__manifest__.py"}
    assert not [one for one in found if one.code.startswith("depends")]


def test_a_broken_manifest_of_others_matters_only_where_it_is_needed(tmp_path: Path) -> None:
    addon(tmp_path, "mine/own")
    addon(tmp_path, "vendor/theirs")
    (tmp_path / "vendor/theirs/__manifest__.py").write_text("{")
    assert make_plan(tmp_path, named("vendor")).units == (Unit("own", ("mine/own",)),)
    addon(tmp_path, "mine/other", depends="theirs")
    with pytest.raises(InputError, match="vendor/theirs/__manifest__.py"):
        make_plan(tmp_path, named("vendor"))


@pytest.mark.parametrize(
    ("folders", "asked"),
    [
        ((), ""),
        (("vendor/a/one",), "1 add-on in vendor/a listed nowhere: "),
        (("one", "two"), "2 add-ons in one, two listed nowhere: "),
        (tuple(f"v{n}/x" for n in range(5)), "5 add-ons in v0, v1, v2 and 2 more listed nowhere: "),
    ],
)
def test_the_question_is_one_line_with_both_settings(folders: tuple[str, ...], asked: str) -> None:
    line = question(folders)
    assert line.startswith(asked) and "\n" not in line
    assert not folders or ("[project] dependencies" in line and "[project] addons" in line)


def test_only_what_is_listed_nowhere_is_asked_about(tmp_path: Path) -> None:
    for path in ("mine/own", "vendor/theirs", "lost/found", "sub/module"):
        addon(tmp_path, path)
    linked(tmp_path, {"links/own": "../mine/own"})

    def asked(settings: Settings) -> tuple[str, ...]:
        return unlisted(tmp_path, settings, discover(tmp_path, settings))

    (tmp_path / ".gitmodules").write_text('[submodule "sub"]\n\tpath = sub\n\turl = ../sub\n')
    assert asked(named(addons=("mine",))) == ("lost/found", "sub/module", "vendor/theirs")
    assert asked(named("vendor", addons=("mine", "sub"))) == ("lost/found",)
    assert asked(named("vendor")) == ("sub/module",)
    assert asked(named("vendor", "sub")) == ()
