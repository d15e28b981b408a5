"""Tests in JavaScript (hoot) that no test of their add-on runs: Odoo runs those of all add-ons with
tests of `web`, which the run of one add-on does not have."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

#: The assets that these tests are part of, and the address at which a browser runs them.
_ASSETS, _PAGE = "web.assets_unit_tests", "/web/tests"
#: As Odoo's own test of all add-ons calls it, with one more option, which selects the add-on.
_OPTIONS = "headless&loglevel=2&preset=desktop&timeout=15000&id="
_SUCCESS = "[HOOT] Test suite succeeded"
#: Seconds for all of an add-on's.
_TIME_LIMIT = 600


def watch(loader: Any, addon: str) -> None:
    """Let the module `odoo.tests.loader` add a test that runs those of an add-on."""
    make_suite = loader.make_suite

    @functools.wraps(make_suite)
    def call(module_names: Iterable[str], position: str = "at_install") -> Any:
        names = list(module_names)
        suite = make_suite(names, position)
        if position == "post_install" and addon in names and nobody_runs_its_own(addon):
            suite.addTests(_tests(addon))
        return suite

    loader.make_suite = call


def nobody_runs_its_own(addon: str) -> bool:
    """Whether an add-on has such tests, and none of its tests in Python calls them."""
    spec = importlib.util.find_spec(f"odoo.addons.{addon}")
    for folder in map(Path, (spec and spec.submodule_search_locations) or ()):
        manifest = ast.literal_eval((folder / "__manifest__.py").read_text(encoding="utf-8"))
        if _ASSETS in manifest.get("assets", {}) and any(folder.glob("static/tests/**/*.test.js")):
            texts = (path.read_text(encoding="utf-8") for path in folder.glob("tests/**/*.py"))
            return not any(_PAGE in text for text in texts)
    return False


def _tests(addon: str) -> list[Any]:
    """The test, in versions of Odoo that have hoot."""
    try:
        web: Any = importlib.import_module("odoo.addons.web.tests.test_js")
    except ImportError:
        return []
    if not hasattr(web, "HOOTCommon"):
        return []

    def test_desktop(self: Any) -> None:
        address = f"{_PAGE}?{_OPTIONS}{self._generate_hash(f'@{addon}')}"
        check = web.unit_test_error_checker
        options = {"login": "admin", "timeout": _TIME_LIMIT, "success_signal": _SUCCESS}
        self.browser_js(address, "", "", error_checker=check, **options)

    # Odoo looks up the file of a failed test's module.
    module = ModuleType(f"odoo.addons.{addon}.tests.javascript")
    module.__file__ = __file__
    sys.modules[module.__name__] = module
    place = {"__module__": module.__name__, "__qualname__": "JavaScript"}
    body = {**place, "test_desktop": test_desktop, "_test_params": ()}
    return [type(web.HOOTCommon)("JavaScript", (web.HOOTCommon,), body)("test_desktop")]
