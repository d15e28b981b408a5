"""``pipeline report merge`` on the reports of shards with real coverage data."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.results import Status, StepResult, write_result

SHARDS = {1: ("lint", "test-python", "test-equipment"), 2: ("test-contract",)}


@pytest.fixture
def pipeline(project, run_pipeline: Callable[..., tuple[int, str]]) -> Callable[..., str]:
    """Run a command on the project's source and return what it printed."""

    def run(noun: str, verb: str, *options: object, code: int = 0) -> str:
        ended, printed = run_pipeline(noun, verb, "--source", project.root, *options)
        assert ended == code, printed
        return printed

    return run


@pytest.fixture
def shards(project, pipeline) -> Path:
    """The reports of two shards, made of the project's results."""
    write_result(StepResult("lint", Status.PASSED, "fine", seconds=2.0), project.results)
    folder = project.root.parent / "shards"
    for number, steps in SHARDS.items():
        report_shard(project, pipeline, folder, f"{number}/{len(SHARDS)}", steps)
    return folder


def report_shard(
    project,
    pipeline,
    folder: Path,
    shard: str,
    steps: Collection[str],
) -> None:
    """Write the report of a shard that ran these steps; its gate was not judged."""
    results = project.root.parent / "of one shard"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir()
    for step in steps:
        shutil.copy(project.results / f"{step}.json", results)
        if step.startswith("test-"):
            shutil.copy(project.results / f"coverage-{step.removeprefix('test-')}", results)
    write_result(StepResult("coverage", Status.SKIPPED, "judged by merge-reports"), results)
    target = folder / f"shard-{shard.partition('/')[0]}"
    options = ("--results", results, "--expect", ",".join([*steps, "coverage"]), "--shard", shard)
    pipeline("report", "write", *options, "--output", target)


def merged(project) -> tuple[dict[str, Any], str, dict[str, str]]:
    """Coverage totals, verdict and the status of every step of the merged report."""
    report = project.root.parent / "merged"
    steps = {
        path.stem: json.loads(path.read_text())["status"]
        for path in (report / "results").glob("*.json")
        if path.name != "coverage-totals.json"
    }
    totals = json.loads((report / "results/coverage-totals.json").read_text())
    return totals, (report / "exit-code").read_text().strip(), steps


def merge(project, pipeline, shards: Path, code: int = 0) -> str:
    output = project.root.parent / "merged"
    return pipeline("report", "merge", "--shards", shards, "--output", output, code=code)


def test_the_merged_numbers_are_those_of_the_whole_run(project, pipeline, shards: Path) -> None:
    merge(project, pipeline, shards)
    whole = project.root.parent / "whole"
    pipeline("test", "coverage", "--results", project.results, "--output", whole)

    totals, code, steps = merged(project)

    assert totals == json.loads((whole / "coverage-totals.json").read_text())
    assert code == "0"
    assert steps == dict.fromkeys((*SHARDS[1], *SHARDS[2], "coverage"), "passed")
    assert (project.root.parent / "merged/htmlcov/index.html").is_file()


def test_the_gate_is_judged_on_the_sum_of_the_shards(project, pipeline, shards: Path) -> None:
    """Two shards of which each alone has less than the minimum, and together enough."""
    for shard, steps in (("1/2", ("lint", "test-python")), ("2/2", ("test-contract",))):
        report_shard(project, pipeline, shards, shard, steps)
    merge(project, pipeline, shards)
    assert merged(project)[1] == "1"  # equipment was lost

    project.test("contract", "from contract.models import *\nvisit('')")  # the other half elsewhere
    project.test("equipment", "import equipment.models\nfrom contract.models import *\n"
                 "visit('urgent'), cancel()")  # fmt: skip
    for number, steps in SHARDS.items():
        report_shard(project, pipeline, shards, f"{number}/2", steps)
    merge(project, pipeline, shards)
    totals, code, _ = merged(project)
    assert code == "0"
    assert {group["name"]: group["percent"] for group in totals["groups"]} == {
        **{"scripts": 100.0, "add-ons": 100.0, "total": 100.0},
    }


def test_a_gate_that_fails_on_the_sum_fails_the_report(project, pipeline, shards: Path) -> None:
    project.test("contract", "import contract.models")
    report_shard(project, pipeline, shards, "2/2", SHARDS[2])
    assert "FAILED: 1 of 5 steps: coverage" in merge(project, pipeline, shards)
    assert merged(project)[1:] == ("1", merged(project)[2])
    assert merged(project)[2]["coverage"] == "failed"


def test_a_lost_shard_and_its_tests_are_errors_in_the_report(
    project, pipeline, shards: Path
) -> None:
    shutil.rmtree(shards / "shard-2")
    report_shard(project, pipeline, shards, "1/2", SHARDS[1])
    printed = merge(project, pipeline, shards)
    assert "test-contract" in printed and "shard-2" in printed
    assert merged(project)[2]["shard-2"] == "error"
    assert "no report of shard 2/2" in (project.root.parent / "merged/actions.log").read_text()


def test_an_add_on_that_no_shard_tested_is_an_error(project, pipeline, shards: Path) -> None:
    """As when the shards were split by different times."""
    report_shard(project, pipeline, shards, "1/2", ("lint", "test-python"))
    assert "FAILED: 1 of 5 steps: test-equipment" in merge(project, pipeline, shards)


def test_a_database_that_no_shard_tested_in_is_an_error(project, pipeline, shards: Path) -> None:
    settings = project.root / "pipeline.toml"
    settings.write_text(settings.read_text() + '\n[odoo]\ndemo = "both"\n')
    printed = merge(project, pipeline, shards)
    assert "2 of 7 steps: test-contract-with-demo, test-equipment-with-demo" in printed


def test_an_empty_shard_changes_nothing(project, pipeline, shards: Path) -> None:
    for number, steps in {**SHARDS, 3: ()}.items():
        report_shard(project, pipeline, shards, f"{number}/3", steps)
    merge(project, pipeline, shards)
    assert merged(project)[1] == "0"


def test_a_source_whose_tests_cannot_be_planned_is_an_error_in_the_report(
    project, pipeline, shards: Path
) -> None:
    project.write("odoo_addons/contract/__manifest__.py", "{")
    printed = merge(project, pipeline, shards)
    assert "plan" in printed.partition("FAILED")[2]


def test_reports_that_do_not_belong_together_are_refused(project, pipeline, shards: Path) -> None:
    report_shard(project, pipeline, shards, "2/2", ("test-contract", "test-equipment"))
    printed = merge(project, pipeline, shards, code=2)
    assert "shard-1 and shard-2 both have coverage-equipment" in printed
    report_shard(project, pipeline, shards, "2/3", SHARDS[2])
    assert "shard-1 is one of 2 shards, shard-2 is one of 3" in merge(
        project, pipeline, shards, code=2
    )
    report_shard(project, pipeline, shards, "2/2", SHARDS[2])
    shutil.copytree(shards / "shard-2", shards / "shard-2-again")
    assert "shard-2 and shard-2-again are both shard 2/2" in merge(
        project, pipeline, shards, code=2
    )


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"format": 2}', '{"format": 1}'])
def test_a_directory_that_is_no_report_of_a_shard_is_named(
    project, pipeline, shards: Path, text: str | None
) -> None:
    (shards / "other/results").mkdir(parents=True)
    if text is not None:
        (shards / "other/results/shard.json").write_text(text)
    assert "other is not a shard report" in merge(project, pipeline, shards, code=2)


def test_a_directory_without_reports_is_an_error(project, pipeline, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no report of a shard in" in merge(project, pipeline, tmp_path / "empty", code=2)
    assert "does not exist" in merge(project, pipeline, tmp_path / "none", code=2)


def split_into_suites(project) -> None:
    """The tests outside Odoo are two suites, each of which covers a part of the script."""
    settings = project.root / "pipeline.toml"
    suites = [f'[python.suites.{name}]\npaths = ["tests/{name}"]\n' for name in ("one", "two")]
    settings.write_text("\n".join([settings.read_text(), *suites]))
    for name in ("one", "two"):
        project.write(f"tests/{name}/test_{name}.py", "def test_it(): pass\n")
    for kind in ("coverage-python", "test-python.json"):
        (project.results / kind).unlink()
    project.write(
        "scripts/tool/cli.py", "def half(n):\n    return n / 2\n\n\ndef same(n):\n    return n\n"
    )
    project.test("python-one", "from tool.cli import half\nhalf(2)")
    project.test("python-two", "from tool.cli import same\nsame(2)")


def test_suites_are_judged_together(project, pipeline, shards: Path, check) -> None:
    split_into_suites(project)
    judged = check()
    assert judged.status is Status.PASSED and "scripts 100.00 %" in judged.summary
    assert "no data" not in judged.summary
    steps = ("lint", "test-python-one", "test-python-two", "test-equipment")
    report_shard(project, pipeline, shards, "1/2", steps)
    merge(project, pipeline, shards)
    assert merged(project)[1] == "0" and set(steps) < merged(project)[2].keys()


def test_a_suite_that_no_shard_ran_is_an_error(project, pipeline, shards: Path) -> None:
    split_into_suites(project)
    report_shard(project, pipeline, shards, "1/2", ("lint", "test-python-one", "test-equipment"))
    assert "FAILED: 2 of 6 steps: test-python-two, coverage" in merge(project, pipeline, shards)


def test_a_baseline_of_suites_needs_each(project, pipeline) -> None:
    split_into_suites(project)
    target = project.root / "baseline.json"
    options = ("--results", project.results, "--output", target)
    (project.results / "coverage-python-two").unlink()
    pipeline("test", "baseline", *options)  # it ran, and may have measured nothing
    assert "scripts/tool/cli.py" in target.read_text()
    (project.results / "test-python-two.json").unlink()
    with pytest.raises(AssertionError, match="no coverage data for: python-two"):
        pipeline("test", "baseline", *options)
