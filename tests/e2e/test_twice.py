"""Every function twice on an unchanged source: the second call is answered as the first was."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest

from bed_functions import Function, differences, functions, outcomes, shard, whole_repository


@pytest.fixture(scope="module")
def all_functions(tmp_path_factory) -> tuple[Function, ...]:
    """The functions, on a small repository in a folder whose name has a blank."""
    place = tmp_path_factory.mktemp("a folder")
    source = whole_repository(place / "repository").path
    return functions(source, shard(source, place / "shards"))


def twice(those: tuple[Function, ...], place: Path) -> tuple[dict, dict]:
    return outcomes(those, place / "first"), outcomes(those, place / "second")


@pytest.mark.faults
def test_every_function_that_reaches_no_machine(all_functions, tmp_path) -> None:
    """Each does its work both times."""
    here = tuple(function for function in all_functions if not function.reaches)
    first, second = twice(here, tmp_path)
    assert {name: ended.text for name, ended in first.items() if ended.code} == {}
    assert differences(first, second) == {}
    assert {"ci", "report", "odoo", "baseline", "build"} <= first.keys()


@pytest.mark.faults
def test_every_function_that_reaches_a_machine(all_functions, tmp_path) -> None:
    """Without one, each says so both times; with one, see `test_deployment_journey` and others."""
    far = tuple(function for function in all_functions if function.reaches)
    first, second = twice(far, tmp_path)
    failed = {name: ended.text for name, ended in first.items() if ended.code}
    assert {name: text for name, text in failed.items() if "what to do: " not in text} == {}
    assert differences(first, second) == {}
    assert {"uat status", "prod deploy", "odoo-sh history", "image publish"} <= failed.keys()


#: pip's cache volume is the one thing that one run of the tests leaves to the next.
_TIMES = """
import os
import signal
from pathlib import Path


def test_some_times():
    markers = [Path("/root/.cache/pip/{name}-%d" % number) for number in range({times})]
    for marker in markers:
        if not marker.exists():
            marker.touch()
            {trouble}
            return
"""


def fail(repository, times: int, trouble: str) -> None:
    """Another test that has a trouble in its next runs, and then no more."""
    text = _TIMES.format(name=f"test-{secrets.token_hex(8)}", times=times, trouble=trouble)
    text = f"# flake8: noqa\n# isort: skip_file\n# fmt: off\n{text.lstrip()}"  # not lint's matter
    repository.write("tests/test_some_times.py", text)
    repository.commit()


def fail_once(repository) -> None:
    """Another test that fails in its next run, and in no other."""
    fail(repository, 1, 'raise OSError("the disk is full")')


@pytest.fixture
def python_tests(repository):
    """A repository with tests outside Odoo."""
    repository.write("pipeline.toml", '[python]\npaths = ["tests"]\n')
    repository.addon("visit", tests="")
    return repository


def test_a_report_does_not_keep_what_failed_for_once(call, python_tests, tmp_path) -> None:
    fail_once(python_tests)
    started = {}
    for number, status, code in ((1, "failed", "1\n"), (2, "passed", "0\n"), (3, "passed", "0\n")):
        target = tmp_path / str(number)
        call("report", "--source", python_tests.path, "export", "--path", target)
        result = json.loads((target / "results/test-python.json").read_text(encoding="utf-8"))
        assert (result["status"], (target / "exit-code").read_text()) == (status, code)
        started[number] = result["started"]
    assert started[1] < started[2] == started[3]  # what the second attempt found is kept


def test_a_baseline_is_made_once_the_tests_pass(call, python_tests, tmp_path) -> None:
    fail_once(python_tests)
    making = ("baseline", "--source", python_tests.path, "export", "--path", tmp_path / "made.json")
    assert "these tests did not pass: test-python" in call(*making, ok=False).out
    call(*making)
    assert json.loads((tmp_path / "made.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("times", "trouble"),
    [
        # The engine keeps that it ended, as it keeps any end. It is tried twice at once.
        pytest.param(2, 'os.system("rm -rf /results; touch /results")', id="no result"),
        pytest.param(
            1, "os.kill(os.getppid(), signal.SIGKILL)", id="killed", marks=pytest.mark.faults
        ),
    ],
)
def test_a_step_that_left_no_result_is_tried_again(
    call, python_tests, tmp_path, times, trouble
) -> None:
    fail(python_tests, times, trouble)
    for number, status in ((1, "error"), (2, "passed")):
        target = tmp_path / str(number)
        call("report", "--source", python_tests.path, "export", "--path", target)
        result = json.loads((target / "results/test-python.json").read_text(encoding="utf-8"))
        assert result["status"] == status, result["summary"]
