"""``pipeline test baseline``, on the data of real test runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.core.results import Status


@pytest.mark.parametrize(
    ("status", "unit"), [(Status.FAILED, "contract"), (Status.ERROR, "python")]
)
def test_no_baseline_is_made_of_tests_that_did_not_pass(
    project, run_pipeline, status: Any, unit: str
) -> None:
    project.test(unit, "", status)
    target = project.root / "new.json"
    code, printed = run_pipeline(
        "test",
        "baseline",
        "--source",
        project.root,
        "--results",
        project.results,
        "--output",
        target,
    )
    assert code == 2
    assert f"these tests did not pass: test-{unit}" in printed
    assert not target.exists()


def test_no_baseline_is_made_of_a_part_of_the_tests(project, run_pipeline) -> None:
    (project.results / "coverage-contract").unlink()
    target = project.root / "new.json"
    code, printed = run_pipeline(
        "test",
        "baseline",
        "--source",
        project.root,
        "--results",
        project.results,
        "--output",
        target,
    )
    assert code == 2
    assert "no coverage data for: contract" in printed
    assert not target.exists()


def test_the_baseline_command_writes_what_the_gate_reads(project, run_pipeline) -> None:
    target = project.root.parent / "new" / "coverage-baseline.json"
    options = ("--source", project.root, "--results", project.results)
    code, printed = run_pipeline("test", "baseline", *options, "--output", target)
    assert (code, printed) == (0, f"{target}: coverage of 5 files\n")
    data = json.loads(target.read_text())
    assert data["series"] == "19.0"
    entry = data["files"]["odoo_addons/contract/models.py"]
    assert entry["blob"] == project.git("hash-object", "odoo_addons/contract/models.py")
    assert (entry["statements"], entry["branches"], entry["percent"]) == (7, 2, 100.0)
    code, printed = run_pipeline("test", "coverage", *options, "--baseline", target)
    assert code == 0, printed
