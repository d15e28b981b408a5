"""The rows of the list of add-ons."""

from __future__ import annotations

import pytest

from pipeline.check.modules import describe_module
from pipeline.core.addons.discovery import discover
from pipeline.core.settings import Settings

CASE = "class TestIt(TransactionCase):\n    def test_one(self): ...\n    def helper(self): ...\n"


@pytest.fixture
def row(tmp_path):
    def go():
        (addon,) = discover(tmp_path, Settings())
        return describe_module(tmp_path, addon)

    return go


def test_a_row_says_what_the_manifest_says(row, make_addon):
    make_addon("addons/one", {"depends": ["mail", "sale"], "application": True})
    module, findings = row()
    assert findings == ()
    assert (module.name, module.version, module.path) == ("one", "19.0.1.0.0", "addons/one")
    assert module.depends == ("mail", "sale")
    assert (module.installable, module.application) == (True, True)
    assert (module.test_files, module.test_methods) == (0, 0)


def test_tests_are_counted_without_running_them(row, make_addon):
    files = {
        "tests/__init__.py": "from . import test_a, test_b\n",
        "tests/test_a.py": CASE + "    async def test_two(self): ...\n",
        "tests/test_b.py": CASE + "\n\ndef test_not_in_a_class(): ...\nraise SystemExit\n",
        "tests/common.py": CASE,
    }
    make_addon("one", {}, files)
    module, findings = row()
    assert (module.test_files, module.test_methods) == (2, 3)
    assert findings == ()


def test_names_and_folders_as_odoo_counts_them(row, make_addon):
    files = {
        "tests/__init__.py": "from . import unit\nfrom .deep import test_b\n",
        "tests/unit/__init__.py": "from . import test_a",
        "tests/unit/test_a.py": CASE,
        "tests/deep/test_b.py": CASE.replace("test_one", "testOne"),
    }
    make_addon("one", {}, files)
    module, (finding,) = row()
    assert (module.test_files, module.test_methods) == (2, 2)
    assert (finding.path, finding.code) == ("one/tests/unit/test_a.py", "test-not-imported")
    assert finding.fix == "add `from .unit import test_a` to one/tests/__init__.py"


@pytest.mark.parametrize(
    "text",
    [
        "from . import test_a",
        "from .test_a import TestIt",
        "from .test_a import *",
        "from odoo.addons.one.tests import test_a",
        "import odoo.addons.one.tests.test_a",
        "try:\n    from . import test_a\nexcept ImportError:\n    pass",
    ],
)
def test_every_form_of_import_counts(row, make_addon, text):
    make_addon("one", {}, {"tests/__init__.py": text, "tests/test_a.py": CASE})
    assert row()[1] == ()


@pytest.mark.parametrize("init", [None, "", "from . import test_b"])
def test_tests_that_odoo_would_not_run_are_a_problem(row, make_addon, init):
    files = {"tests/test_a.py": CASE}
    if init is not None:
        files["tests/__init__.py"] = init
    make_addon("one", {}, files)
    module, (finding,) = row()
    assert (finding.where, finding.code) == ("one/tests/test_a.py", "test-not-imported")
    assert finding.fix == "add `from . import test_a` to one/tests/__init__.py"
    assert module.problems == (f"one/tests/test_a.py: {finding.message}",)


def test_a_file_without_tests_need_not_be_imported(row, make_addon):
    make_addon("one", {}, {"tests/test_common.py": "X = 1\n"})
    assert row()[1] == ()


def test_tests_of_an_add_on_that_is_not_installable_need_not_run(row, make_addon):
    make_addon("one", {"installable": False}, {"tests/test_a.py": CASE})
    assert row()[1] == ()


def test_a_test_file_that_does_not_parse(row, make_addon):
    files = {"tests/__init__.py": "from . import test_a", "tests/test_a.py": "def f(:"}
    make_addon("one", {}, files)
    assert [finding.code for finding in row()[1]] == ["test-unreadable"]


def test_an_unreadable_manifest_is_a_problem_with_its_line(row, make_addon):
    make_addon("one", "[1]")
    module, (finding,) = row()
    assert (finding.where, finding.code) == ("one/__manifest__.py:1", "manifest-unreadable")
    assert not module.installable
    assert module.depends == ()


def test_the_repository_itself_as_an_add_on(make_addon):
    root = make_addon("one", {}, {"tests/test_a.py": CASE})
    (addon,) = discover(root, Settings())
    assert describe_module(root, addon)[1][0].path == "tests/test_a.py"
