"""`pipeline check manifests` with the real pylint-odoo."""

from __future__ import annotations

import pytest

from pipeline.check.manifests.odoo_lint import check_with_pylint, parse
from pipeline.core.errors import ToolError
from pipeline.core.process import Completed
from pipeline.core.results import Status, read_results


@pytest.fixture
def manifests(tmp_path, run_pipeline):
    """Run the step on ``tmp_path/source``: exit code, output, result."""

    def go():
        output = tmp_path / "output"
        code, said = run_pipeline(
            "check", "manifests", "--source", tmp_path / "source", "--output", output
        )
        return code, said, read_results(output)[0]

    return go


def places(result):
    return {(finding.where, finding.code) for finding in result.findings}


def test_sound_manifests_pass(manifests, make_addon):
    make_addon("source/one")
    make_addon("source/two", {"depends": ["one"]})
    code, said, result = manifests()
    assert (code, result.status) == (0, Status.PASSED)
    assert result.summary == "2 add-ons for Odoo 19.0"


#: One fault of a manifest each: what is changed in a sound one, and where which rule finds it.
FAULTS = [
    ({"license": None}, "manifest-required-key", 1),
    ({"name": None}, "manifest-required-key", 1),
    ({"author": None}, "manifest-required-key", 1),
    ({"depends": None}, "manifest-required-key", 1),
    ({"license": "MIT"}, "license-allowed", 4),
    ({"version": "19.0.1.0"}, "manifest-version-format", 3),
    ({"version": "18.0.1.0.0"}, "manifest-version-format", 3),
    ({"version": "1.0.0"}, "manifest-version-format", 3),
    ({"data": ["views/gone.xml"]}, "resource-not-exist", 7),
    ({"demo": ["demo/gone.xml"]}, "resource-not-exist", 7),
    ({"data": ["a.xml", "a.xml"]}, "manifest-data-duplicated", 7),
    ({"website": "example"}, "website-manifest-key-not-valid-uri", 7),
    ({"development_status": "Gamma"}, "development-status-allowed", 7),
    ({"active": True}, "manifest-deprecated-key", 7),
]


def test_each_rule_of_pylint_odoo_finds_its_fault_and_only_that(manifests, make_addon, tmp_path):
    for number, (manifest, _, _) in enumerate(FAULTS):
        make_addon(f"source/fault {number:02}", manifest, {"a.xml": "<odoo/>"})
    make_addon("source/sound")
    make_addon("source/behind", {}, {"migrations/19.0.2.0.0/post-migrate.py": ""})
    for name in ("OPL-1", "OEEL-1", "LGPL-3", "Other proprietary"):
        make_addon(f"source/license {name}", {"license": name})
    (tmp_path / "source" / "pipeline.toml").write_text('[project]\nseries = "19.0"\n')
    exit_code, said, result = manifests()
    assert exit_code == 1
    assert places(result) == {("behind/__manifest__.py:1", "manifest-behind-migrations")} | {
        (f"fault {number:02}/__manifest__.py:{line}", code)
        for number, (_, code, line) in enumerate(FAULTS)
    }
    assert all(finding.fix for finding in result.findings)


def test_the_source_s_pylint_configuration_changes_nothing(manifests, make_addon, tmp_path):
    make_addon("source/one", {"license": "MIT"})
    (tmp_path / "source" / ".pylintrc").write_text("[MASTER]\nload-plugins=no_such_plugin\n")
    (tmp_path / "source" / "pylint.py").write_text("raise SystemExit('hijacked')\n")
    assert places(manifests()[2]) == {("one/__manifest__.py:4", "license-allowed")}


def test_add_ons_without_a_package_file_are_told_apart(manifests, make_addon):
    for name in ("one", "two"):
        (make_addon(f"source/{name}", {"license": "MIT"}) / "__init__.py").unlink()
    assert {path for path, _ in places(manifests()[2])} == {
        "one/__manifest__.py:4",
        "two/__manifest__.py:4",
    }


def test_names_with_spaces_quotes_and_line_breaks(manifests, make_addon):
    make_addon('source/it\'s "odd"', {"license": "MIT"})
    make_addon("source/line\nbreak", {"license": "MIT"})
    make_addon("source/straße", {"license": "MIT"})
    assert {path for path, _ in places(manifests()[2])} == {
        'it\'s "odd"/__manifest__.py:4',
        "line\\nbreak/__manifest__.py:4",
        "straße/__manifest__.py:4",
    }


def test_wrong_types_do_not_reach_pylint(manifests, make_addon):
    make_addon("source/sound", {"license": "MIT"})
    make_addon("source/typed", {"data": [("a.xml",)], "version": 19.0})
    code, said, result = manifests()
    assert places(result) == {
        ("sound/__manifest__.py:4", "license-allowed"),
        ("typed/__manifest__.py:3", "manifest-type"),
        ("typed/__manifest__.py:7", "manifest-type"),
    }


def test_the_summary_names_what_is_not_installable(manifests, make_addon):
    make_addon("source/on")
    make_addon("source/off", {"installable": False, "version": "16.0.1.0.0"})
    code, said, result = manifests()
    assert code == 0
    assert "not installable: off" in result.summary


def test_no_add_ons_is_an_error_that_names_the_fix(manifests, tmp_path):
    (tmp_path / "source").mkdir()
    code, said, result = manifests()
    assert (code, result.status) == (2, Status.ERROR)
    assert "no add-ons found" in said
    assert "[project] addons" in result.advice


def test_all_manifests_broken_is_an_error_of_the_series(manifests, make_addon, tmp_path):
    make_addon("source/one", "[")
    (tmp_path / "source" / "pipeline.toml").write_text('[project]\nseries = "19.0"\n')
    assert places(manifests()[2]) == {("one/__manifest__.py:1", "manifest-unreadable")}


def test_no_manifests_need_no_pylint(tmp_path):
    assert check_with_pylint(tmp_path, (), "19.0") == ()


@pytest.mark.parametrize(
    ("stdout", "said"),
    [
        ("", "pylint produced no report"),
        ("{}", "pylint produced no report"),
        ('{"messages": [{}]}', "pylint produced no report"),
        (
            '{"messages": [{"symbol": "astroid-error", "path": "a/x.py", "message": "boom"}]}',
            "pylint failed on a/x.py: astroid-error: boom",
        ),
    ],
)
def test_a_crash_of_pylint_is_no_pass(stdout, said):
    with pytest.raises(ToolError, match=said):
        parse(Completed(("pylint",), 32, stdout, "Traceback"), "19.0")
