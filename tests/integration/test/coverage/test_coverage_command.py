"""``pipeline test coverage`` and ``pipeline test baseline`` on real data in real repositories."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree

import pytest

from pipeline.core.results import Status, StepResult

Run = Callable[..., tuple[int, str]]
ONLY_VISIT = "visit('urgent'), visit('')"


class Project(Protocol):
    root: Path
    results: Path
    write: Callable[[str, str], None]
    git: Callable[..., str]
    commit: Callable[[], str]
    test: Callable[..., None]
    test_everything: Callable[..., None]


def codes(result: StepResult) -> list[tuple[str, str]]:
    return [(finding.where, finding.code) for finding in result.findings]


def test_covered_code_passes_and_leaves_all_reports(
    project: Project, check: Callable[..., StepResult]
) -> None:
    result = check()
    assert result.status is Status.PASSED
    assert "scripts 100.00 %, add-ons 100.00 %, total 100.00 % (minimum 80 %)" in result.summary
    assert (
        "there is no coverage-baseline.json yet; create it with "
        "`dagger call baseline export --path coverage-baseline.json`" in result.summary
    )
    out = project.root.parent / "out"
    classes = ElementTree.parse(out / "coverage.xml").getroot().iter("class")
    assert {entry.get("filename") for entry in classes} == {
        "odoo_addons/contract/__init__.py",
        "odoo_addons/contract/models.py",
        "odoo_addons/equipment/__init__.py",
        "odoo_addons/equipment/models.py",
        "scripts/tool/cli.py",
    }
    assert "100%" in (out / "htmlcov" / "index.html").read_text()
    assert len(list((out / "htmlcov").glob("*_cli_py.html"))) == 1
    totals = json.loads((out / "coverage-totals.json").read_text())
    assert [(group["name"], group["percent"]) for group in totals["groups"]] == [
        ("scripts", 100.0),
        ("add-ons", 100.0),
        ("total", 100.0),
    ]


def test_a_file_that_no_test_imports_lowers_the_percentage(
    project: Project, check: Callable[..., StepResult]
) -> None:
    project.write("odoo_addons/equipment/wizard.py", "A = 1\nB = 2\n\n\ndef run():\n    return A\n")
    result = check()
    # 10 statements and branches of 14
    assert result.status is Status.FAILED
    assert codes(result)[0] == ("-", "coverage-minimum")
    assert result.findings[0].message.startswith("add-ons: 71.42 % covered, the minimum is 80 %")
    assert ("odoo_addons/equipment/wizard.py:1", "coverage-missing") in codes(result)
    assert result.advice


def test_each_group_must_reach_the_minimum_alone(
    project: Project, check: Callable[..., StepResult]
) -> None:
    project.test("python", "import tool.cli")  # 1 of 2 statements
    result = check()
    assert [finding.message.split(":")[0] for finding in result.findings] == [
        "scripts",
        "1 of 2 statements are not covered (50.00 %)",
    ]
    assert "total 91.66 %" in result.summary


def test_with_changed_since_only_tested_add_ons_are_judged(
    based: Project, check: Callable[..., StepResult]
) -> None:
    based.commit()
    for path in based.results.iterdir():
        path.unlink()
    based.test("contract", "from contract.models import *\nvisit(''), visit('urgent'), cancel()")
    result = check("--changed-since", "main")
    assert result.status is Status.PASSED
    assert result.summary.startswith("add-ons 100.00 %, total 100.00 %")
    assert "only what was tested since main: contract" in result.summary
    based.test("contract", "from contract.models import *\nvisit('')")
    failed = check("--changed-since", "main")
    assert {finding.path for finding in failed.findings} == {"", "odoo_addons/contract/models.py"}
    # the same data without --changed-since: the rest counts as not covered
    assert "equipment" in " ".join(finding.path for finding in check().findings)


def test_with_changed_since_and_no_change_there_is_nothing_to_judge(
    based: Project, check: Callable[..., StepResult]
) -> None:
    for path in based.results.iterdir():
        path.unlink()
    result = check("--changed-since", "main")
    assert (result.status, result.summary) == (
        Status.SKIPPED,
        "nothing was tested: no changes since main",
    )
    assert check("--changed-since", "nowhere").status is Status.ERROR


def test_a_tested_add_on_without_data_counts_as_not_covered(
    based: Project, check: Callable[..., StepResult]
) -> None:
    (based.results / "coverage-contract").unlink()
    result = check("--changed-since", "main")
    assert result.status is Status.FAILED
    assert "no data for contract" in result.summary


def test_no_data_at_all_is_an_error(project: Project, check: Callable[..., StepResult]) -> None:
    shutil.rmtree(project.results)
    assert "does not exist" in check().summary
    project.results.mkdir()
    (project.results / "coverage-totals.json").write_text("{}")
    result = check()
    assert result.status is Status.ERROR
    assert result.summary == f"no coverage data in {project.results}"


def test_broken_data_is_an_error_that_names_the_file(
    project: Project, check: Callable[..., StepResult]
) -> None:
    (project.results / "coverage-contract").write_text("broken")
    result = check()
    assert result.status is Status.ERROR
    assert "coverage-contract is not usable coverage data" in result.summary


def test_data_measured_without_branches_is_an_error(
    project: Project, check: Callable[..., StepResult]
) -> None:
    from coverage import CoverageData

    path = project.results / "coverage-contract"
    path.unlink()
    data = CoverageData(basename=str(path))
    data.add_lines({"odoo_addons/contract/models.py": [1, 2]})
    data.write()
    data.close()
    result = check()
    assert result.status is Status.ERROR
    assert "coverage-contract" in result.summary


def test_an_add_on_named_like_a_library_does_not_break_the_reports(
    project: Project, check: Callable[..., StepResult]
) -> None:
    project.write("odoo_addons/-odd name/__manifest__.py", '{"name": "x"}')
    project.write("odoo_addons/-odd name/a b.py", "")
    project.write("json/__init__.py", "raise SystemExit('the wrong json')\n")
    assert check().status is Status.PASSED


def test_a_project_without_python_code_has_nothing_to_measure(
    project: Project, check: Callable[..., StepResult]
) -> None:
    shutil.rmtree(project.root / "odoo_addons")
    project.write("odoo_addons/views/__manifest__.py", '{"name": "x"}')
    project.write("pipeline.toml", '[project]\nseries = "19.0"\naddons = ["odoo_addons"]\n')
    result = check()
    assert result.status is Status.SKIPPED
    assert result.summary.startswith("no Python code to measure")


@pytest.mark.parametrize("text", ["{% for x in y %}\n", "x = '\udce9'\n", "x = 1\0\n"])
def test_a_file_that_is_no_python_is_named_and_hides_no_other(
    project: Project, check: Callable[..., StepResult], run_pipeline: Run, text: str
) -> None:
    name = "scripts/tool/templates/model.py"
    (project.root / name).parent.mkdir()
    (project.root / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    result = check()
    assert (result.status, codes(result)) == (Status.FAILED, [(name, "coverage-unreadable")])
    assert "[coverage] omit" in result.findings[0].fix
    assert "total 100.00 %" in result.summary
    given = ("--source", project.root, "--results", project.results)
    code, printed = run_pipeline("test", "baseline", *given, "--output", project.root / "new.json")
    assert code and name in printed
    settings = (project.root / "pipeline.toml").read_text()
    project.write("pipeline.toml", f'{settings}\n[coverage]\nomit = ["templates/"]\n')
    assert check().status is Status.PASSED
    code, printed = run_pipeline("test", "baseline", *given, "--output", project.root / "new.json")
    assert not code and name not in (project.root / "new.json").read_text()
