"""``pipeline test coverage`` against the baseline of the merge base."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from pipeline.core.results import Status, StepResult

ONLY_VISIT = "visit('urgent'), visit('')"


def codes(result: StepResult) -> list[tuple[str, str]]:
    return [(finding.where, finding.code) for finding in result.findings]


def test_lost_cover_names_the_file_and_the_very_lines(based, check) -> None:
    models = (based.root / "odoo_addons/contract/models.py").read_text()
    based.write("odoo_addons/contract/models.py", f'"""Contracts."""\n\n{models}')
    based.commit()
    based.test_everything(ONLY_VISIT)
    result = check()
    assert result.status is Status.FAILED
    found = {finding.where: finding for finding in result.findings}
    fall = found["odoo_addons/contract/models.py:10"]
    assert fall.code == "coverage-regression"
    assert fall.message == "fell from 100.00 % to 77.77 %; lost coverage: lines 10-11"
    assert [
        finding.message.split(" from")[0] for finding in result.findings if not finding.path
    ] == [
        "add-ons: fell",
        "total: fell",
    ]


def test_unchanged_cover_passes_and_names_what_it_was_compared_with(based, check) -> None:
    based.commit()
    result = check()
    assert result.status is Status.PASSED
    assert f"compared with {based.git('rev-parse', 'main')[:9]}" in result.summary


def test_a_change_cannot_lower_its_own_bar(based, check, run_pipeline) -> None:
    based.test_everything(ONLY_VISIT)
    lower = based.root / "coverage-baseline.json"
    code, _ = run_pipeline(
        "test", "baseline", "--source", based.root, "--results", based.results, "--output", lower
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
def test_a_change_of_the_settings_does_not_lower_the_bar_either(based, check, change: str) -> None:
    settings = (based.root / "pipeline.toml").read_text()
    based.write("pipeline.toml", settings + change)
    based.test("python", "import tool.cli")  # 1 of 2 statements
    based.commit()
    result = check()
    assert {"coverage-minimum", "coverage-regression"} <= {code for _, code in codes(result)}
    assert "(minimum 80 %)" in result.summary


def test_settings_at_the_merge_base_that_cannot_be_read_now_are_left_out(based, check) -> None:
    settings = (based.root / "pipeline.toml").read_text()
    based.git("checkout", "-q", "main")
    based.write("pipeline.toml", settings + "[coverage]\nmnimum = 99\n")
    based.commit()
    based.git("checkout", "-q", "-b", "fixed")
    based.write("pipeline.toml", settings + "[coverage]\nminimum = 70\n")
    based.commit()
    result = check()
    assert result.status is Status.PASSED
    assert "(minimum 70 %)" in result.summary


def test_deleted_files_do_not_count(based, check) -> None:
    (based.root / "odoo_addons/contract/models.py").unlink()
    based.commit()
    based.test("contract", "import contract")
    assert check().status is Status.PASSED


def test_a_given_baseline_is_the_bar(based, check) -> None:
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
    project, check, content: str | None, message: str
) -> None:
    given = project.root.parent / "given.json"
    if content is not None:
        given.write_text(content)
    result = check("--baseline", given)
    assert result.status is Status.ERROR
    assert message in result.summary
    assert "given.json" in result.summary
    assert "`dagger call baseline export --path coverage-baseline.json`" in result.advice


def test_a_baseline_of_another_series_at_the_merge_base_is_an_error(based, check) -> None:
    based.write("pipeline.toml", (based.root / "pipeline.toml").read_text().replace("19.0", "18.0"))
    based.commit()
    result = check()
    assert result.status is Status.ERROR
    assert "is for Odoo 19.0, but this source is for 18.0" in result.summary


def test_the_change_that_introduces_the_baseline_is_held_to_it(
    project, check, run_pipeline
) -> None:
    options = ("--source", project.root, "--results", project.results)
    run_pipeline("test", "baseline", *options, "--output", project.root / "coverage-baseline.json")
    result = check()
    assert result.status is Status.PASSED
    assert "compared with the new coverage-baseline.json" in result.summary
    project.test_everything(ONLY_VISIT)
    assert check().status is Status.FAILED


def test_without_git_nothing_is_compared_and_the_summary_says_so(project, check) -> None:
    shutil.rmtree(project.root / ".git")
    result = check()
    assert result.status is Status.PASSED
    assert "not compared with a baseline: the source is not a git checkout" in result.summary
    error = check("--changed-since", "main")
    assert error.status is Status.ERROR
    assert "is not a git checkout" in error.summary


@pytest.mark.parametrize("branch", ["origin/nowhere", "nowhere"])
def test_an_unknown_branch_to_compare_with_is_said(based, check, branch: str) -> None:
    toml = (based.root / "pipeline.toml").read_text()
    based.write("pipeline.toml", toml + '\n[coverage]\ncompare_with = "' + branch + '"\n')
    result = check()
    assert f"not compared with a baseline: git has no commit named '{branch}'" in result.summary


def test_a_shallow_clone_is_not_compared_and_the_summary_says_so(based, run_pipeline) -> None:
    based.git("checkout", "-q", "main")
    based.commit()
    clone = based.root.parent / "clone"
    url = based.root.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth=1", url, str(clone)], check=True)
    _, printed = run_pipeline("test", "coverage", "--source", clone, "--results", based.results)
    assert "not compared with a baseline: the clone is shallow" in printed
    assert "fetch-depth: 0" in printed
