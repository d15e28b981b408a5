"""Tests in JavaScript that nothing else runs, tried on an imitation of Odoo's modules."""

from __future__ import annotations

import importlib
import inspect
import sys
import unittest
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pipeline.test.recording.reader import INSIDE

MANIFEST = '{"name": "Shop", "assets": {"web.assets_unit_tests": ["shop/static/tests/*.test.js"]}}'


class Common(unittest.TestCase):
    """Odoo's HOOTCommon: it notes what the browser would open."""

    opened: list[tuple[Any, ...]] = []

    def _generate_hash(self, text: str) -> str:
        return f"hash of {text}"

    def browser_js(self, *arguments: Any, **options: Any) -> None:
        self.opened.append((*arguments, options))


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, imported as the test process imports it."""
    monkeypatch.syspath_prepend(str(INSIDE))
    return importlib.import_module("pipeline_javascript")


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An add-on with such a test, and Odoo's `web`, as imported modules."""
    folder = tmp_path / "odoo/addons/shop"
    for name, text in (
        ("__manifest__.py", MANIFEST),
        ("__init__.py", ""),
        ("static/tests/deep/pay.test.js", "test();"),
        ("tests/test_pay.py", "class TestPay(TransactionCase): ..."),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for name in ("odoo", "odoo.addons", "odoo.addons.web", "odoo.addons.web.tests"):
        module = ModuleType(name)
        module.__path__ = [str(tmp_path / name.replace(".", "/"))]
        monkeypatch.setitem(sys.modules, name, module)
    added = "odoo.addons.shop.tests.javascript"
    monkeypatch.setitem(sys.modules, added, ModuleType(added))  # so that it is removed afterwards
    web = ModuleType("odoo.addons.web.tests.test_js")
    vars(web).update(HOOTCommon=Common, unit_test_error_checker=str.isupper)
    monkeypatch.setitem(sys.modules, web.__name__, web)
    return folder


def loaded(inside: ModuleType, names: list[str], position: str) -> list[unittest.TestCase]:
    """The tests that Odoo's loader finds, in which there are none of Python."""
    loader = SimpleNamespace(make_suite=lambda names, position: unittest.TestSuite())
    inside.watch(loader, "shop")
    return list(loader.make_suite(iter(names), position))


def test_the_test_opens_the_page_of_the_addons_own(inside: ModuleType, shop: Path) -> None:
    assert loaded(inside, ["shop"], "at_install") == []
    assert loaded(inside, ["sale"], "post_install") == []
    (test,) = loaded(inside, ["sale", "shop"], "post_install")
    assert test.id() == "odoo.addons.shop.tests.javascript.JavaScript.test_desktop"
    assert inspect.getfile(type(test)) == inside.__file__  # Odoo looks it up when it fails
    Common.opened.clear()
    result = unittest.TestResult()
    test.run(result)
    assert result.wasSuccessful() and result.testsRun == 1
    ((address, code, ready, options),) = Common.opened
    assert address.startswith("/web/tests?headless&") and address.endswith("&id=hash of @shop")
    assert (code, ready, options["login"]) == ("", "", "admin")
    assert options["error_checker"] is str.isupper


def test_an_addon_that_calls_them_itself_needs_no_other(inside: ModuleType, shop: Path) -> None:
    (shop / "tests/test_js.py").write_text('self.browser_js("/web/tests?headless", "", "")')
    assert loaded(inside, ["shop"], "post_install") == []


def test_without_such_tests_or_without_their_assets_there_is_none(
    inside: ModuleType, shop: Path
) -> None:
    (shop / "__manifest__.py").write_text('{"name": "Shop"}')
    assert loaded(inside, ["shop"], "post_install") == []
    (shop / "__manifest__.py").write_text(MANIFEST)
    (shop / "static/tests/deep/pay.test.js").unlink()
    assert loaded(inside, ["shop"], "post_install") == []


def test_an_odoo_without_hoot_runs_none(
    inside: ModuleType, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(sys.modules["odoo.addons.web.tests.test_js"], "HOOTCommon")
    assert loaded(inside, ["shop"], "post_install") == []
    monkeypatch.delitem(sys.modules, "odoo.addons.web.tests.test_js")
    assert loaded(inside, ["shop"], "post_install") == []
