"""Which mutants there are, and when one counts as noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.core.addons.discovery import AddOn
from pipeline.core.errors import InputError
from pipeline.core.results import Finding, Status, StepResult, write_result
from pipeline.test.mutants import find, judge

PATCH = "--- a/addons/{0}/models.py\n+++ b/addons/{0}/models.py\n@@ -1 +1 @@\n-a\n+b\n"
ADDONS = (
    AddOn("visit", "addons/visit", "addons/visit/__manifest__.py", {"depends": ["base"]}),
    AddOn("visit_report", "addons/visit_report", "", {"depends": ["visit"]}),
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "tests/mutants"
    folder.mkdir(parents=True)
    (folder / "wrong_sum.patch").write_text(PATCH.format("visit_report"), encoding="utf-8")
    return tmp_path


def test_a_mutant_belongs_to_the_add_on_that_it_changes(source: Path) -> None:
    (mutant,) = find(source, "tests/mutants", ADDONS)
    assert (mutant.name, mutant.addon) == ("wrong_sum", "visit_report")
    assert mutant.folders == ("addons/visit", "addons/visit_report")


def test_the_command_lists_them_with_the_add_ons_of_others(source: Path, run_pipeline) -> None:
    for folder, depends in (("addons/visit_report", "theirs"), ("vendor/theirs", "base")):
        manifest = source / folder / "__manifest__.py"
        manifest.parent.mkdir(parents=True)
        manifest.write_text(f'{{"version": "19.0.1.0.0", "depends": ["{depends}"]}}')
    settings = '[project]\naddons = ["addons"]\ndependencies = ["vendor"]\n'
    (source / "pipeline.toml").write_text(settings)
    code, printed = run_pipeline("test", "mutants", "--source", source)
    (mutant,) = json.loads(printed)
    assert (code, mutant["name"], mutant["folders"]) == (0, "wrong_sum", ["addons/visit_report"])
    assert mutant["dependencies"] == ["vendor/theirs"]


def test_a_patch_of_two_add_ons_is_refused(source: Path) -> None:
    both = PATCH.format("visit") + PATCH.format("visit_report")
    (source / "tests/mutants/both.patch").write_text(both, encoding="utf-8")
    with pytest.raises(InputError, match="both.patch changes visit, visit_report"):
        find(source, "tests/mutants", ADDONS)


def test_a_patch_of_no_add_on_is_refused(source: Path) -> None:
    (source / "tests/mutants/none.patch").write_text(PATCH.format("other"), encoding="utf-8")
    with pytest.raises(InputError, match="none.patch changes no add-on"):
        find(source, "tests/mutants", ADDONS)


def test_no_mutants_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no mutants in tests/mutants"):
        find(tmp_path, "tests/mutants", ADDONS)


@pytest.mark.parametrize(
    ("status", "code", "survives"),
    [
        (Status.FAILED, "test-failed", False),
        (Status.FAILED, "test-error", False),
        (Status.FAILED, "odoo-error", True),  # it cannot be installed: no test noticed anything
        (Status.PASSED, None, True),
    ],
)
def test_only_a_failing_test_notices(source: Path, tmp_path: Path, status, code, survives) -> None:
    mutants = find(source, "tests/mutants", ADDONS)
    findings = (Finding("models.py", 3, code, "1 != 2"),) if code else ()
    result = StepResult("test-visit_report", status, "5 tests", findings=findings)
    write_result(result, tmp_path / "results/wrong_sum")
    assert bool(judge(mutants, tmp_path / "results")) is survives


def test_tests_that_left_no_result_noticed_nothing(source: Path, tmp_path: Path) -> None:
    (survivor,) = judge(find(source, "tests/mutants", ADDONS), tmp_path / "results")
    assert "left no result" in survivor.message
