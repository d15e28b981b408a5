"""Tests that did not run are not green: `test-python` on projects that leave some out."""

from __future__ import annotations

import textwrap
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipeline.core.results import Outcome
from pipeline.core.settings import PythonSettings, Settings
from pipeline.test.python.runner import test_python as run_tests

TWO = """
    def test_a():
        pass


    def test_b():
        pass
    """
NOT_RUN, CRASH, NOT_COLLECTED = "test-not-run", "test-crash", "tests-not-collected"
ENDS = "import os\n\nimport pytest\n\n\ndef test_a():\n    {}\n\n\ndef test_b():\n    pass\n"
SWALLOWS = """
    import pytest

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(item, call):
        report = (yield).get_result()
        report.outcome, report.longrepr = "passed", None
    """
CLEARS = "def pytest_collection_modifyitems(items):\n    del items[1:]\n"
FAILS = "def test_a():\n    assert False, 'no'\n"


def run(root: Path, files: dict[str, str], **settings: object) -> Outcome:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(text))
    options = {"paths": ("tests",), "time_limit": 120, **settings}
    return run_tests(root, Settings(python=PythonSettings(**options)), root / "out")  # type: ignore


def ini(options: str) -> dict[str, str]:
    return {"pytest.ini": f"[pytest]\n{options}\n", "tests/test_it.py": TWO}


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"tests/test_it.py": ENDS.format("pytest.exit('x', returncode=0)")}, NOT_RUN, "test_b"),
        ({"tests/test_it.py": ENDS.format("os._exit(0)")}, CRASH, "while it ran"),
        ({"tests/test_it.py": TWO, "tests/conftest.py": "import os\nos._exit(0)\n"}, CRASH, "0"),
        (ini("addopts = --collect-only"), NOT_RUN, "2 tests"),
        (ini("addopts = --co -q"), NOT_RUN, "2 tests"),
        (ini("addopts = --setup-only"), NOT_RUN, "2 tests"),
        (ini("addopts = -k test_a"), NOT_RUN, "test_b"),
        (ini("addopts = --deselect tests/test_it.py::test_a"), NOT_RUN, "test_a"),
        (
            {**ini("addopts = --ignore tests/test_more.py"), "tests/test_more.py": TWO},
            NOT_COLLECTED,
            "",
        ),
        ({**ini("python_files = test_it.py"), "tests/more_test.py": TWO}, NOT_COLLECTED, ""),
        ({**ini("norecursedirs = deep"), "tests/deep/test_more.py": TWO}, NOT_COLLECTED, ""),
        (
            {
                "tests/test_it.py": TWO,
                "tests/test_more.py": TWO,
                "tests/conftest.py": "collect_ignore = ['test_more.py']\n",
            },
            NOT_COLLECTED,
            "",
        ),
        ({"tests/test_it.py": TWO, "tests/conftest.py": CLEARS}, NOT_RUN, "test_b"),
        ({"tests/test_it.py": FAILS, "tests/conftest.py": SWALLOWS}, "test-failed", "no"),
        (
            {
                "tests/test_it.py": TWO,
                "tests/test_later.py": "import unittest\nraise unittest.SkipTest('later')\n",
            },
            "test-skipped",
            "later",
        ),
    ],
)
def test_what_did_not_run_is_found(tmp_path: Path, files: dict[str, str], code, said) -> None:
    (finding,) = run(tmp_path, files).findings
    assert finding.code == code
    assert said in finding.message
    assert finding.path.startswith("tests/") or code == CRASH


def test_a_file_that_ends_the_collection_is_found(tmp_path: Path) -> None:
    ends = "import pytest\npytest.exit('enough', returncode=0)\n\n\ndef test_c():\n    pass\n"
    files = {"tests/test_a.py": TWO, "tests/test_b.py": ends, "tests/test_c.py": TWO}
    found = {one.path for one in run(tmp_path, files).findings}
    assert found == {"tests/test_a.py", "tests/test_b.py", "tests/test_c.py"}


@pytest.mark.parametrize("workers", [1, 2])
def test_what_did_not_run_is_in_the_junit_file(tmp_path: Path, workers: int) -> None:
    outcome = run(tmp_path, ini("addopts = -k test_a"), workers=workers)
    assert [finding.code for finding in outcome.findings] == [NOT_RUN]
    cases = ElementTree.parse(tmp_path / "out" / "junit-python.xml").iter("testcase")
    assert {case.get("name"): case.find("error") is not None for case in cases} == {
        "test_a": False,
        "test_b": True,
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_swallowed_failures_are_found_in_workers_too(tmp_path: Path, workers: int) -> None:
    files = {"tests/test_it.py": FAILS, "tests/conftest.py": SWALLOWS}
    (finding,) = run(tmp_path, files, workers=workers).findings
    assert (
        "a plugin reported it as passed, although it raised AssertionError: no" in finding.message
    )


def test_what_the_settings_leave_out_is_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only")  # of whoever runs it
    late = """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                if item.name == "test_b":
                    item.add_marker(pytest.mark.engine)
        """
    outcome = run(
        tmp_path,
        {
            "pytest.ini": "[pytest]\nmarkers = engine: x\naddopts = --ignore tests/data "
            "--ignore tests/addon -k 'not test_c'\n",
            "tests/conftest.py": late,
            "tests/test_it.py": TWO,
            "tests/test_other.py": "def test_c():\n    pass\n\n\ndef test_d():\n    pass\n",
            "tests/data/test_of_others.py": TWO,
            "tests/test_marked.py": f"import pytest\npytestmark = pytest.mark.engine\n{FAILS}",
            "tests/test_nothing.py": "class Helper:\n    def test_it(self): ...\n",
            "tests/addon/__manifest__.py": "{}",
            "tests/addon/tests/test_odoo.py": "import odoo\n",
        },
        allowed_skips=("tests/data", "tests/test_other.py::test_c"),
    )
    assert outcome.findings == ()
