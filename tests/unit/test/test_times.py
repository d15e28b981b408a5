"""Measured times of tests, and what is assumed where there are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.core.results import Status, StepResult
from pipeline.test.times import FILE_NAME, Times, load, measured


def test_the_times_of_a_run_are_those_of_its_passed_test_steps() -> None:
    steps = (
        StepResult("lint", Status.PASSED, "", seconds=2.0),
        StepResult("test-visit", Status.PASSED, "", seconds=12.5),
        StepResult("test-twice", Status.PASSED, "", seconds=4.0),
        StepResult("test-twice-with-demo", Status.PASSED, "", seconds=5.5),
        StepResult("test-python-a", Status.PASSED, "", seconds=10.0),
        StepResult("test-python-b", Status.PASSED, "", seconds=20.0),
        StepResult("test-broken", Status.FAILED, "", seconds=1.0),
        StepResult("test-lost", Status.ERROR, ""),
    )
    assert measured(steps) == Times({"visit": 12.5, "twice": 9.5, "python": 30.0})


def test_times_are_written_and_read(tmp_path: Path) -> None:
    times = Times({"visit": 12.5, "alone": 3.0})
    (tmp_path / FILE_NAME).write_text(times.to_json())
    assert load(tmp_path) == load(tmp_path / "elsewhere", tmp_path / FILE_NAME) == times


def test_a_source_without_times_has_none(tmp_path: Path) -> None:
    assert not load(tmp_path)


def test_without_times_more_tests_take_longer_and_none_take_some() -> None:
    seconds = Times({}).of({"none": 0, "few": 5, "many": 500})
    assert 0 < seconds["none"] < seconds["few"] < seconds["many"]


def test_measured_times_are_taken_and_set_the_pace_of_the_others() -> None:
    tests = {"known": 10, "new": 10, "small": 0}
    slow = Times({"known": 60.0, "gone": 500.0}).of(tests)
    assert slow["known"] == 60.0
    assert slow["new"] == pytest.approx(60.0)
    assert slow["small"] < 60.0


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "null", "{}", '"x"', '{"format": 1}', '{"format": 2, "seconds": {}}'),
        *('{"format": 1, "seconds": {"a": "x"}}', '{"format": 1, "seconds": {"a": -1}}'),
        *('{"format": 1, "seconds": {"a": NaN}}', '{"format": 1, "seconds": {"a": Infinity}}'),
        *('{"format": 1, "seconds": [1]}', '{"format": 1, "seconds": {"a": null}}'),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert caught.value.message.startswith(f"the test times {path} are not usable: ")
    assert "split by the number of tests" in caught.value.fix


def test_a_given_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load(tmp_path, tmp_path / "other.json")


def test_whole_seconds_are_numbers_as_well(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(json.dumps({"format": 1, "seconds": {"visit": 12}}))
    assert load(tmp_path).seconds == {"visit": 12}
