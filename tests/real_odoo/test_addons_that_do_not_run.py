"""Add-ons whose tests cannot run, or do not: each is found by name, in a real Odoo."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from addon_files import HEAD, file_of

from pipeline.core.errors import InputError
from pipeline.core.results import Outcome

pytestmark = pytest.mark.odoo

Addon = Callable[..., None]
Run = Callable[..., Outcome]


def test_unknown_dependency_names_module_and_addon(addon: Addon, run: Run) -> None:
    addon("a", manifest='"depends": ["no_such_module"],')
    addon("x", manifest='"depends": ["a"],')
    with pytest.raises(InputError, match=r"no module named no_such_module \(needed by a\)"):
        run()


def test_missing_python_package_is_found(addon: Addon, run: Run) -> None:
    addon("x", manifest='"external_dependencies": {"python": ["no_such_package"]},')
    with pytest.raises(InputError, match="Python package that Odoo's Python lacks: no_such_pack"):
        run()


def test_what_odoo_has_in_another_version_is_missing(addon: Addon, run: Run) -> None:
    addon("x", manifest='"external_dependencies": {"python": ["lxml<1"]},')
    with pytest.raises(InputError, match="lacks: lxml<1"):
        run()


def test_missing_program_names_its_debian_package(addon: Addon, run: Run) -> None:
    addon("x", manifest='"external_dependencies": {"bin": ["no-such"], "deb": ["no-such-tools"]},')
    with pytest.raises(InputError, match="not installed here: no-such") as raised:
        run()
    assert "[odoo] apt of pipeline.toml (no-such-tools)" in raised.value.fix


def test_uninstallable_addon_is_found(addon: Addon, run: Run) -> None:
    addon("x", manifest='"installable": False,')
    (finding,) = [one for one in run().findings if one.code == "not-installed"]
    assert finding.path == "x/__manifest__.py"
    assert "did not install x" in finding.message


def test_addon_of_another_series_is_found(addon: Addon, run: Run) -> None:
    addon("x", manifest='"version": "18.0.1.0.0",')
    findings = run().findings
    assert "not-installed" in [finding.code for finding in findings]
    assert any("incompatible version" in finding.message for finding in findings)


def test_tests_that_nothing_imports_are_found(addon: Addon, run: Run) -> None:
    files = file_of("class TestIt(TransactionCase):\n    def test_it(self):\n        pass\n")
    addon("x", {**files, "tests/__init__.py": ""})
    (finding,) = run().findings
    assert (finding.path, finding.code) == ("x/tests/test_it.py", "tests-not-imported")
    assert "from . import test_it" in finding.fix


def test_tests_that_are_all_tagged_out_are_found(addon: Addon, run: Run) -> None:
    body = '@tagged("-standard")\nclass TestIt(TransactionCase):\n    def test_it(self):\n'
    addon("x", file_of(body + "        pass\n"))
    (finding,) = run().findings
    assert (finding.path, finding.code) == ("x/tests/test_it.py", "test-not-run")


def test_tests_that_odoo_does_not_take_for_tests_are_found(addon: Addon, run: Run) -> None:
    case = "class TestIt({}):\n    def test_it(self):\n        pass\n"
    files = {
        **file_of(case.format("TransactionCase")),
        "tests/__init__.py": "from . import check_it, test_it, test_plain, test_tagged\n",
        "tests/check_it.py": HEAD + case.format("TransactionCase"),
        "tests/test_plain.py": HEAD + case.format("unittest.TestCase"),
        "tests/test_tagged.py": HEAD + '@tagged("-standard")\n' + case.format("TransactionCase"),
    }
    addon("x", files)
    outcome = run()
    assert [(one.path, one.code) for one in outcome.findings] == [
        ("x/tests/check_it.py", "test-not-run"),
        ("x/tests/test_plain.py", "test-not-run"),
        ("x/tests/test_tagged.py", "test-not-run"),
    ]
    assert outcome.summary == "1 test"


def test_addon_without_tests_says_so(addon: Addon, run: Run) -> None:
    addon("x")
    outcome = run()
    assert outcome.findings == ()
    assert outcome.summary == "it has no tests"


def test_test_file_that_does_not_parse_is_found(addon: Addon, run: Run) -> None:
    addon("x", file_of("class TestIt(TransactionCase:\n"))
    outcome = run()
    assert [finding.code for finding in outcome.findings] == ["odoo-load"]
    assert outcome.findings[0].path == "x/tests/test_it.py"
    assert outcome.findings[0].line == HEAD.count("\n") + 1
    assert "SyntaxError" in outcome.findings[0].message


def test_broken_data_file_is_found(addon: Addon, run: Run) -> None:
    data = '<odoo>\n    <record id="a" model="res.partner">\n        <field name="nme">A</field>\n'
    addon("x", {"data.xml": data + "    </record>\n</odoo>\n"}, '"data": ["data.xml"],')
    (finding,) = run().findings
    assert (finding.path, finding.line, finding.code) == ("x/data.xml", 2, "odoo-load")


def test_demo_data_that_does_not_load_is_found(addon: Addon, run: Run) -> None:
    data = '<odoo>\n    <record id="a" model="res.partner">\n        <field name="nme">A</field>\n'
    addon("x", {"demo.xml": data + "    </record>\n</odoo>\n"}, '"demo": ["demo.xml"],')
    (finding,) = run().findings
    assert (finding.path, finding.line) == ("x/demo.xml", 2)
    assert "demo data failed" in finding.message


def test_unknown_addon_names_those_there_are(addon: Addon, run: Run) -> None:
    addon("x")
    with pytest.raises(InputError, match="no add-on named 'y'"):
        run("y")
