"""``pipeline coverage`` and ``pipeline baseline`` on real data in real repositories."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from xml.etree import ElementTree

import pytest

from pipeline.results import Status, StepResult

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


@pytest.fixture
def check(tmp_path: Path, run_pipeline: Run) -> Callable[..., StepResult]:
    """Run the coverage step on the test's project and read the result that it wrote."""

    def run(*options: object) -> StepResult:
        places = {
            "--source": tmp_path / "project",
            "--results": tmp_path / "results",
            "--output": tmp_path / "out",
        }
        arguments = [part for place in places.items() for part in place]
        code, printed = run_pipeline("coverage", *arguments, *options)
        result = StepResult.from_json((tmp_path / "out" / "coverage.json").read_text())
        assert (code == 0) == result.status.good, printed
        return result

    return run


def codes(result: StepResult) -> list[tuple[str, str]]:
    return [(finding.where, finding.code) for finding in result.findings]


def test_covered_code_passes_and_leaves_all_reports(
    project: Project, check: Callable[..., StepResult]
) -> None:
    result = check()
    assert result.status is Status.PASSED
    assert "scripts 100.00 %, add-ons 100.00 %, total 100.00 % (minimum 80 %)" in result.summary
    assert (
        "there is no coverage-baseline.json yet, make it with "
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


def test_lost_cover_names_the_file_and_the_very_lines(
    based: Project, check: Callable[..., StepResult]
) -> None:
    models = (based.root / "odoo_addons/contract/models.py").read_text()
    based.write("odoo_addons/contract/models.py", f'"""Contracts."""\n\n{models}')
    based.commit()
    based.test_everything(ONLY_VISIT)
    result = check()
    assert result.status is Status.FAILED
    found = {finding.where: finding for finding in result.findings}
    fall = found["odoo_addons/contract/models.py:10"]
    assert fall.code == "coverage-regression"
    assert fall.message == "fell from 100.00 % to 77.77 %; lost cover: lines 10-11"
    assert [
        finding.message.split(" from")[0] for finding in result.findings if not finding.path
    ] == [
        "add-ons: fell",
        "total: fell",
    ]


def test_unchanged_cover_passes_and_names_what_it_was_compared_with(
    based: Project, check: Callable[..., StepResult]
) -> None:
    based.commit()
    result = check()
    assert result.status is Status.PASSED
    assert f"compared with {based.git('rev-parse', 'main')[:9]}" in result.summary


def test_a_change_cannot_lower_its_own_bar(
    based: Project, check: Callable[..., StepResult], run_pipeline: Run
) -> None:
    based.test_everything(ONLY_VISIT)
    lower = based.root / "coverage-baseline.json"
    code, _ = run_pipeline(
        "baseline", "--source", based.root, "--results", based.results, "--output", lower
    )
    assert code == 0
    based.commit()
    assert check().status is Status.FAILED
    # nor by removing it, nor by being pushed to the main branch itself
    lower.unlink()
    based.commit()
    assert check().status is Status.FAILED
    based.git("checkout", "-q", "main")
    based.git("merge", "-q", "--squash", "feature")
    based.commit()
    assert check().status is Status.FAILED


@pytest.mark.parametrize(
    "change",
    [
        "[coverage]\nminimum = 10\n",
        '[coverage]\nminimum = 10\nbaseline = "another.json"\n',
    ],
)
def test_a_change_of_the_settings_does_not_lower_the_bar_either(
    based: Project, check: Callable[..., StepResult], change: str
) -> None:
    settings = (based.root / "pipeline.toml").read_text()
    based.write("pipeline.toml", settings + change)
    based.test("python", "import tool.cli")  # 1 of 2 statements
    based.commit()
    result = check()
    assert {"coverage-minimum", "coverage-regression"} <= {code for _, code in codes(result)}
    assert "(minimum 80 %)" in result.summary


def test_settings_at_the_merge_base_that_cannot_be_read_now_are_left_out(
    based: Project, check: Callable[..., StepResult]
) -> None:
    settings = (based.root / "pipeline.toml").read_text()
    based.git("checkout", "-q", "main")
    based.write("pipeline.toml", settings + "[coverage]\nmnimum = 99\n")
    based.commit()
    based.git("checkout", "-q", "-b", "mended")
    based.write("pipeline.toml", settings + "[coverage]\nminimum = 70\n")
    based.commit()
    result = check()
    assert result.status is Status.PASSED
    assert "(minimum 70 %)" in result.summary


def test_deleted_files_do_not_count(based: Project, check: Callable[..., StepResult]) -> None:
    (based.root / "odoo_addons/contract/models.py").unlink()
    based.commit()
    based.test("contract", "import contract")
    assert check().status is Status.PASSED


def test_a_given_baseline_is_the_bar(based: Project, check: Callable[..., StepResult]) -> None:
    based.test_everything(ONLY_VISIT)
    given = based.root.parent / "given.json"
    data = json.loads((based.root / "coverage-baseline.json").read_text())
    data["files"] = {}
    given.write_text(json.dumps(data))
    result = check("--baseline", given)
    assert result.status is Status.PASSED
    assert "compared with given.json" in result.summary


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), ("{", "is not JSON"), ('{"format": 0}', "has format 0")],
)
def test_an_unusable_given_baseline_is_an_error(
    project: Project, check: Callable[..., StepResult], content: str | None, message: str
) -> None:
    given = project.root.parent / "given.json"
    if content is not None:
        given.write_text(content)
    result = check("--baseline", given)
    assert result.status is Status.ERROR
    assert message in result.summary
    assert "given.json" in result.summary
    assert "`dagger call baseline export --path coverage-baseline.json`" in result.advice


def test_a_baseline_of_another_series_at_the_merge_base_is_an_error(
    based: Project, check: Callable[..., StepResult]
) -> None:
    based.write("pipeline.toml", (based.root / "pipeline.toml").read_text().replace("19.0", "18.0"))
    based.commit()
    result = check()
    assert result.status is Status.ERROR
    assert "is of Odoo 19.0, this source is of 18.0" in result.summary


def test_the_change_that_introduces_the_baseline_is_held_to_it(
    project: Project, check: Callable[..., StepResult], run_pipeline: Run
) -> None:
    options = ("--source", project.root, "--results", project.results)
    run_pipeline("baseline", *options, "--output", project.root / "coverage-baseline.json")
    result = check()
    assert result.status is Status.PASSED
    assert "compared with the new coverage-baseline.json" in result.summary
    project.test_everything(ONLY_VISIT)
    assert check().status is Status.FAILED


def test_without_git_nothing_is_compared_and_the_summary_says_so(
    project: Project, check: Callable[..., StepResult]
) -> None:
    shutil.rmtree(project.root / ".git")
    result = check()
    assert result.status is Status.PASSED
    assert "not compared with a baseline: the source is not a git checkout" in result.summary
    error = check("--changed-since", "main")
    assert error.status is Status.ERROR
    assert "is not a git checkout" in error.summary


@pytest.mark.parametrize("branch", ["origin/nowhere", "nowhere"])
def test_an_unknown_branch_to_compare_with_is_said(
    based: Project, check: Callable[..., StepResult], branch: str
) -> None:
    toml = (based.root / "pipeline.toml").read_text()
    based.write("pipeline.toml", toml + '\n[coverage]\ncompare_with = "' + branch + '"\n')
    result = check()
    assert f"not compared with a baseline: git knows no commit named '{branch}'" in result.summary


def test_a_shallow_clone_is_not_compared_and_the_summary_says_so(
    based: Project, run_pipeline: Run
) -> None:
    based.git("checkout", "-q", "main")
    based.commit()
    clone = based.root.parent / "clone"
    url = based.root.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth=1", url, str(clone)], check=True)
    _, printed = run_pipeline("coverage", "--source", clone, "--results", based.results)
    assert "not compared with a baseline: the clone is shallow" in printed
    assert "fetch-depth: 0" in printed


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
        "nothing was tested: no change since main",
    )
    assert check("--changed-since", "nowhere").status is Status.ERROR


def test_a_tested_add_on_without_data_counts_as_not_covered(
    based: Project, check: Callable[..., StepResult]
) -> None:
    (based.results / "coverage-contract").unlink()
    result = check("--changed-since", "main")
    assert result.status is Status.FAILED
    assert "no data of contract" in result.summary


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


def test_code_that_does_not_parse_is_an_error_that_names_it(
    project: Project, check: Callable[..., StepResult]
) -> None:
    project.write("scripts/tool/old.py", "print 'two'\n")
    result = check()
    assert result.status is Status.ERROR
    assert "scripts/tool/old.py" in result.summary


def test_a_project_without_python_code_has_nothing_to_measure(
    project: Project, check: Callable[..., StepResult]
) -> None:
    shutil.rmtree(project.root / "odoo_addons")
    project.write("odoo_addons/views/__manifest__.py", '{"name": "x"}')
    project.write("pipeline.toml", '[project]\nseries = "19.0"\naddons = ["odoo_addons"]\n')
    result = check()
    assert result.status is Status.SKIPPED
    assert result.summary.startswith("no Python code to measure")


@pytest.mark.parametrize(
    ("status", "unit"), [(Status.FAILED, "contract"), (Status.ERROR, "python")]
)
def test_no_baseline_is_made_of_tests_that_did_not_pass(
    project: Project, run_pipeline: Run, status: Any, unit: str
) -> None:
    project.test(unit, "", status)
    target = project.root / "new.json"
    code, printed = run_pipeline(
        "baseline", "--source", project.root, "--results", project.results, "--output", target
    )
    assert code == 2
    assert f"these tests did not pass: test-{unit}" in printed
    assert not target.exists()


def test_no_baseline_is_made_of_a_part_of_the_tests(project: Project, run_pipeline: Run) -> None:
    (project.results / "coverage-contract").unlink()
    target = project.root / "new.json"
    code, printed = run_pipeline(
        "baseline", "--source", project.root, "--results", project.results, "--output", target
    )
    assert code == 2
    assert "no coverage data of: contract" in printed
    assert not target.exists()


def test_the_baseline_command_writes_what_the_gate_reads(
    project: Project, run_pipeline: Run
) -> None:
    target = project.root.parent / "new" / "coverage-baseline.json"
    options = ("--source", project.root, "--results", project.results)
    code, printed = run_pipeline("baseline", *options, "--output", target)
    assert (code, printed) == (0, f"{target}: coverage of 5 files\n")
    data = json.loads(target.read_text())
    assert data["series"] == "19.0"
    entry = data["files"]["odoo_addons/contract/models.py"]
    assert entry["blob"] == project.git("hash-object", "odoo_addons/contract/models.py")
    assert (entry["statements"], entry["branches"], entry["percent"]) == (7, 2, 100.0)
    code, printed = run_pipeline("coverage", *options, "--baseline", target)
    assert code == 0, printed
