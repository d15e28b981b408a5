from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.addons.discovery import AddOn
from pipeline.core.errors import InputError
from pipeline.core.settings import loads
from pipeline.test.coverage.numbers import FileCover
from pipeline.test.coverage.scope import (
    Scope,
    lacking,
    only_tested,
    python_files,
    units_outside,
    whole,
)
from pipeline.test.coverage.totals import Totals, by_addon

X = AddOn("x", "odoo_addons/x", "odoo_addons/x/__manifest__.py", {"name": "X"})
OLD = AddOn("old", "odoo_addons/old", "odoo_addons/old/__manifest__.py", {"installable": False})


def make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def test_tests_manifests_and_files_that_are_no_code_do_not_count(tmp_path: Path) -> None:
    make(
        tmp_path,
        "odoo_addons/x/__manifest__.py",
        "odoo_addons/x/__init__.py",
        "odoo_addons/x/models/a.py",
        "odoo_addons/x/models/a.xml",
        "odoo_addons/x/migrations/19.0.1.0.1/post-migrate.py",
        "odoo_addons/x/tests/test_a.py",
        "odoo_addons/x/static/lib/tool.py",
        "odoo_addons/x/.cache/copy.py",
        "scripts/tool/cli.py",
        "scripts/tool/tests/test_cli.py",
        "scripts/other.py",
    )
    assert python_files(tmp_path, Scope(("scripts/tool",), (X,))) == {
        "odoo_addons/x/__init__.py": "x",
        "odoo_addons/x/migrations/19.0.1.0.1/post-migrate.py": "x",
        "odoo_addons/x/models/a.py": "x",
        "scripts/tool/cli.py": "",
    }


def test_files_that_the_settings_leave_out(tmp_path: Path) -> None:
    make(tmp_path, "tools/a.py", "tools/templates/b.py", "tools/templates/deep/c.py", "tools/d.py")
    scope = Scope(("tools",), (), ("templates/", "/tools/d.*"))
    assert list(python_files(tmp_path, scope)) == ["tools/a.py"]


def test_an_add_on_that_is_the_repository_itself_does_not_own_the_scripts(tmp_path: Path) -> None:
    make(tmp_path, "__manifest__.py", "models.py", "scripts/cli.py")
    whole_repository = AddOn("x", ".", "__manifest__.py", {"name": "X"})
    assert python_files(tmp_path, Scope(("scripts",), (whole_repository,))) == {
        "models.py": "x",
        "scripts/cli.py": "",
    }


def test_a_missing_package_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder scripts/gone of pipeline.toml"):
        python_files(tmp_path, Scope(("scripts/gone",), ()))


def test_add_ons_that_odoo_does_not_install_are_not_measured() -> None:
    settings = loads('[python]\npackages = ["scripts"]\n[coverage]\nomit = ["a"]\n')
    assert whole(settings, (OLD, X)) == Scope(("scripts",), (X,), ("a",))
    assert whole(settings, (OLD, X)).units == ("python", "x")


def test_each_suite_is_a_unit() -> None:
    text = '[python]\npaths = ["tests"]\n'
    suites = "[python.suites.fast]\n[python.suites.slow]\n"
    assert units_outside(loads("").python) == ()
    assert units_outside(loads(text).python) == ("python",)
    assert units_outside(loads(text + suites).python) == ("python-fast", "python-slow")
    scope = whole(loads(f'{text}packages = ["scripts"]\n{suites}'), (X,))
    assert scope.units == ("python-fast", "python-slow", "x")
    assert only_tested(scope, {"python-slow"}).packages == ("scripts",)
    assert only_tested(scope, {"x"}).packages == ()


@pytest.mark.parametrize(
    ("data", "ran", "expected"),
    [
        ((), ("python-fast", "python-slow", "x"), ["python-fast", "python-slow", "x"]),
        (("python-fast", "x"), ("python-fast", "python-slow", "x"), []),
        (("python-fast", "x"), ("python-fast", "x"), ["python-slow"]),
    ],
)
def test_a_suite_that_ran_may_have_measured_nothing(data, ran, expected) -> None:
    scope = Scope(("scripts",), (X,), (), ("python-fast", "python-slow"))
    assert lacking(scope, data, ran) == expected


def test_only_what_was_tested_is_judged() -> None:
    scope = Scope(("scripts",), (X,))
    assert only_tested(scope, {"x"}) == Scope((), (X,))
    assert only_tested(scope, {"python", "unknown"}) == Scope(("scripts",), ())


def test_totals_survive_writing_and_reading() -> None:
    files = (
        FileCover("s.py", "", 4, 4, 0, 0),
        FileCover("x/a.py", "x", 10, 5, 2, 1, (1, 2, 3, 4, 5), (7,)),
    )
    totals = Totals(80.0, "compared with abc", files, {"s.py": 90.0})
    assert Totals.from_json(totals.to_json()) == totals
    assert [(group.name, group.percent) for group in by_addon(files)] == [("x", 50.0)]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": 9}', '{"format": 1}'])
def test_unusable_totals_are_named(text: str) -> None:
    with pytest.raises(InputError, match="coverage-totals.json is not usable"):
        Totals.from_json(text)
