from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.core.results import Finding, Status, StepResult, write_result
from pipeline.report import markdown
from pipeline.report.collect import PipelineRun, collect

Run_ = Callable[..., tuple[int, str]]


def step(name: str, status: Status = Status.PASSED, **more: object) -> StepResult:
    values = {"summary": f"{name} looked", "seconds": 1.0, "started": 1000.0, **more}
    return StepResult(name, status, **values)  # type: ignore[arg-type]


def write(directory: Path, *results: StepResult) -> None:
    for result in results:
        write_result(result, directory)


def test_steps_come_in_a_fixed_order(tmp_path: Path) -> None:
    names = "smoke build coverage test-b test-python zebra test-a test-python-a modules lint"
    names = [*names.split(), "secrets", "plan"]
    write(tmp_path, *(step(name) for name in names))
    run = collect(tmp_path)
    assert [result.step for result in run.steps] == [
        *("plan", "lint", "secrets", "modules", "test-python", "test-python-a", "test-a"),
        *("test-b", "coverage", "build", "smoke", "zebra"),
    ]


def test_a_passed_run_exits_with_0(tmp_path: Path, run_pipeline: Run_) -> None:
    write(tmp_path, step("lint"), step("secrets", Status.SKIPPED))
    code, printed = run_pipeline("report", "summary", "--results", tmp_path)
    assert code == 0
    assert printed.endswith("\nPASSED: 2 steps\n")


@pytest.mark.parametrize(("count", "more"), [(1, False), (50, False), (51, True)])
def test_the_notes_of_a_passed_step_are_shown(
    tmp_path: Path, run_pipeline: Run_, count: int, more: bool
) -> None:
    notes = tuple(Finding("a.py", n + 1, "password", f"may be one {n}") for n in range(count))
    write(tmp_path, step("lint"), step("secrets", notes=notes))
    code, printed = run_pipeline("report", "summary", "--results", tmp_path)
    assert code == 0 and printed.endswith("\nPASSED: 2 steps\n")
    assert f"secrets: {count} note" in printed and "  a.py:1: password may be one 0\n" in printed
    assert (f"and {count - 50} more: see results/secrets.json" in printed) is more
    assert printed.count("may be one") == min(count, 50)


@pytest.mark.parametrize("status", [Status.FAILED, Status.ERROR])
def test_a_bad_step_exits_with_1_and_is_named(
    tmp_path: Path, run_pipeline: Run_, status: Status
) -> None:
    write(tmp_path, step("lint", status), step("secrets"))
    code, printed = run_pipeline("report", "summary", "--results", tmp_path, "--wall", "61.26")
    assert code == 1
    assert printed.endswith("\nFAILED: 1 of 2 steps in 61.3 s: lint\n")


def test_a_step_that_was_lost_is_an_error(tmp_path: Path, run_pipeline: Run_) -> None:
    write(tmp_path, step("lint"))
    code, printed = run_pipeline(
        "report", "summary", "--results", tmp_path, "--expect", "lint, test-x"
    )
    assert code == 1
    assert re.search(r"test-x +│ ERROR +│ +- │ no result", printed)
    assert "FAILED: 1 of 2 steps: test-x" in printed


def test_a_broken_result_is_an_error_and_hides_no_other(tmp_path: Path, run_pipeline: Run_) -> None:
    write(tmp_path, step("lint", Status.FAILED))
    (tmp_path / "secrets.json").write_text("{")
    (tmp_path / "modules.json").write_bytes(b"\xff")
    (tmp_path / "build.json").write_text(step("lint").to_json())
    (tmp_path / "coverage-totals.json").write_text("{}")
    code, printed = run_pipeline("report", "summary", "--results", tmp_path)
    assert code == 1
    assert "FAILED: 4 of 4 steps: lint, secrets, modules, build" in printed
    assert "secrets.json is not a step result" in printed
    assert "build.json contains the result of another step, lint" in printed


def test_nothing_to_sum_up_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no results in"):
        collect(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        collect(tmp_path / "gone")
    assert [result.step for result in collect(tmp_path, ["lint"]).bad] == ["lint"]


def test_the_first_findings_are_shown_and_the_rest_counted(
    tmp_path: Path, run_pipeline: Run_
) -> None:
    findings = tuple(Finding("a.py", line, "E1", "bad", "fix") for line in range(1, 14))
    write(tmp_path, step("lint", Status.FAILED, findings=findings, advice="do it"))
    _, printed = run_pipeline("report", "summary", "--results", tmp_path)
    assert "lint: failed, 13 findings" in printed
    assert "a.py:10: E1 bad\n      fix: fix" in printed
    assert "a.py:11" not in printed
    assert "and 3 more: see the report (`dagger call report export --path report`)" in printed
    assert "  what to do: do it" in printed


def test_the_whole_message_of_an_error_is_shown_below_the_table(
    tmp_path: Path, run_pipeline: Run_
) -> None:
    write(tmp_path, step("build", Status.ERROR, summary="it ended:\n  line 1\n  ::error::line 2"))
    _, printed = run_pipeline("report", "summary", "--results", tmp_path)
    assert "  │ it ended:\n  │   line 1\n  │   ::error::line 2" in printed


def test_results_of_an_earlier_run_are_marked(tmp_path: Path) -> None:
    write(tmp_path, step("lint"), step("secrets", started=1994.0))
    run = collect(tmp_path, wall=10.0, ended=2000.0)
    assert [run.was_cached(result) for result in run.steps] == [True, False]
    assert not collect(tmp_path).was_cached(run.steps[0])


def test_json_holds_every_step_and_the_verdict(tmp_path: Path, run_pipeline: Run_) -> None:
    write(tmp_path, step("lint", Status.FAILED), step("secrets"))
    code, printed = run_pipeline(
        "report", "summary", "--results", tmp_path, "--format", "json", "--wall", 5
    )
    data = json.loads(printed)
    assert code == 1
    assert (data["status"], data["wall"]) == ("failed", 5.0)
    assert [(one["step"], one["status"], one["cached"]) for one in data["steps"]] == [
        ("lint", "failed", True),
        ("secrets", "passed", True),
    ]


def markdown_of(*steps: StepResult) -> str:
    return markdown.render(PipelineRun(steps, None, 0.0))


def test_markdown_has_the_table_and_the_findings_of_bad_steps() -> None:
    finding = Finding("a.py", 3, "E501", "too long", "break it")
    text = html.unescape(
        markdown_of(step("lint", Status.FAILED, findings=(finding,)), step("secrets"))
    )
    assert text.startswith("## ❌ FAILED: 1 of 2 steps: lint\n")
    assert "| lint | ❌ failed | 1.0 s | lint looked |  |" in text
    assert "| secrets | ✅ passed | 1.0 s | secrets looked |  |" in text
    assert "<summary><b>lint: 1 finding</b></summary>" in text
    assert "- <code>a.py:3</code> <b>E501</b> too long<br>fix: break it" in text


def test_markdown_shows_texts_of_others_as_they_are() -> None:
    hostile = "a | b\n\n</details><img src=x onerror=y> [x](javascript:z) `c` @you \x1b[31m"
    finding = Finding("<b>.py", 1, "E|1", hostile)
    text = markdown_of(step("lint", Status.FAILED, summary=hostile, findings=(finding,)))
    row = next(line for line in text.splitlines() if "failed |" in line)
    assert row.count("|") == 6
    assert "<img" not in text and "](" not in text and "`" not in text and "@" not in text
    assert text.count("</details>") == 1
    assert "[x](javascript:z) `c` @you" in html.unescape(text)
    assert "\x1b" not in text


def test_markdown_stays_small() -> None:
    findings = tuple(Finding("a.py", line, "E1", "x" * 5000) for line in range(1, 2000))
    text = markdown_of(step("lint", Status.FAILED, findings=findings))
    assert len(text) < 100_000
    assert "and 1949 more: see the report" in text
