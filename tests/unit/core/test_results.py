"""Findings, step results, and their way to disk and back."""

from __future__ import annotations

import pytest

from pipeline.core.errors import InputError
from pipeline.core.results import Finding, Status, StepResult, read_results, write_result

RESULT = StepResult(
    step="lint",
    status=Status.FAILED,
    summary="3 files",
    advice="run black",
    seconds=1.5,
    started=1000.25,
    findings=(Finding("a b/ü.py", 3, "E501", "too long", "cut it"), Finding("", 0, "x", "y")),
)


def test_a_result_survives_the_round_trip(tmp_path):
    written = write_result(RESULT, tmp_path / "new" / "folder")
    assert written.name == "lint.json"
    assert read_results(written.parent) == (RESULT,)


def test_writing_leaves_nothing_partial_behind(tmp_path):
    write_result(RESULT, tmp_path)
    write_result(RESULT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lint.json"]


def test_a_place_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written to .*file") as caught:
        write_result(RESULT, tmp_path / "file")
    assert "--output" in caught.value.fix


def test_results_are_read_in_the_order_of_their_names(tmp_path):
    for step in ("test-b", "lint", "test-a"):
        write_result(StepResult(step, Status.PASSED, "fine"), tmp_path)
    assert [result.step for result in read_results(tmp_path)] == ["lint", "test-a", "test-b"]


def test_whole_numbers_are_read_as_seconds():
    text = '{"step": "s", "status": "passed", "summary": "", "seconds": 2, "started": 3}'
    result = StepResult.from_json(text)
    assert (result.seconds, result.started) == (2.0, 3.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "3",
        "{}",
        '{"step": "s", "status": "great", "summary": ""}',
        '{"step": 1, "status": "passed", "summary": ""}',
        '{"step": "s", "status": "passed", "summary": "", "more": 1}',
        '{"step": "s", "status": "passed", "summary": "", "findings": "text"}',
        '{"step": "s", "status": "passed", "summary": "", "findings": [{"path": "x"}]}',
        '{"step": "s", "status": "passed", "summary": "", "findings": 7}',
    ],
)
def test_what_is_no_result_is_named(text):
    with pytest.raises(InputError, match="^odd.json is not a step result"):
        StepResult.from_json(text, "odd.json")


@pytest.mark.parametrize(
    ("finding", "where"),
    [
        (Finding("a.py", 3, "c", "m"), "a.py:3"),
        (Finding("a.py", 0, "c", "m"), "a.py"),
        (Finding("", 0, "c", "m"), "-"),
        (Finding("a\n::error::b.py", 1, "c", "m"), "a\\n::error::b.py:1"),
        (Finding("straße 1.py", 1, "c", "m"), "straße 1.py:1"),
    ],
)
def test_where_a_finding_is(finding, where):
    assert finding.where == where


def test_only_passed_and_skipped_are_good():
    assert {status for status in Status if status.good} == {Status.PASSED, Status.SKIPPED}
