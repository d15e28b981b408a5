"""`test-python` on small projects: real pytest, real coverage."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from coverage import CoverageData

from pipeline.core.errors import InputError, ToolError
from pipeline.core.results import Outcome
from pipeline.core.settings import PythonSettings, Settings
from pipeline.test.python import runner
from pipeline.test.python.runner import test_python as run_tests

Project = Callable[..., Outcome]


@pytest.fixture(params=[1, 2], ids=["alone", "shared"])
def workers(request: pytest.FixtureRequest) -> int:
    """How many processes share the tests."""
    return request.param


@pytest.fixture
def project(tmp_path: Path, workers: int) -> Project:
    """Runs a project of one package `code` and one test file; the output is in `out`."""

    def run(tests: str, **settings: object) -> Outcome:
        files = {
            "tests/test_it.py": tests,
            "code_base/__init__.py": "",
            "code_base/logic.py": "def sign(n):\n    if n < 0:\n        return -1\n    return 1\n",
            "code_base/__main__.py": "print('started')\n",
        }
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(textwrap.dedent(text))
        options = {"paths": ("tests",), "packages": ("code_base",), "time_limit": 60, **settings}
        options["workers"] = workers
        python = PythonSettings(**options)  # type: ignore[arg-type]
        return run_tests(tmp_path, Settings(python=python), tmp_path / "out")

    return run


def test_passing_tests_are_counted_and_measured(project: Project, tmp_path: Path) -> None:
    tests = """
        import subprocess, sys
        from code_base.logic import sign

        def test_sign():
            assert sign(3) == 1

        def test_program():
            subprocess.run([sys.executable, "-m", "code_base"], check=True)
        """
    outcome = project(tests)
    assert outcome.findings == ()
    assert outcome.summary == "2 tests"
    cases = ElementTree.parse(tmp_path / "out" / "junit-python.xml").iter("testcase")
    assert {(case.get("classname"), case.get("name")) for case in cases} == {
        ("tests.test_it", "test_sign"),
        ("tests.test_it", "test_program"),
    }
    data = CoverageData(str(tmp_path / "out" / "coverage-python"))
    data.read()
    assert data.has_arcs()
    assert data.lines("code_base/logic.py") == [1, 2, 4]
    assert data.lines("code_base/__main__.py") == [1]  # it ran in a process of its own


def test_own_coverage_options_of_a_project_do_not_stop_the_measuring(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --cov --cov-fail-under=100\n")
    tests = "from code_base.logic import sign\n\ndef test_sign():\n    assert sign(3) == 1\n"
    assert project(tests).findings == ()
    data = CoverageData(str(tmp_path / "out" / "coverage-python"))
    data.read()
    assert data.lines("code_base/logic.py") == [1, 2, 4]


def test_failures_and_errors_are_found_at_their_lines(project: Project) -> None:
    tests = """
        import pytest
        from code_base.logic import sign

        def test_fails():
            assert sign(-3) == 1

        @pytest.fixture
        def broken():
            raise ValueError("no fixture")

        def test_errors(broken):
            pass

        @pytest.mark.xfail(reason="known")
        def test_known():
            assert False
        """
    outcome = project(tests)
    found = {finding.code: finding for finding in outcome.findings}
    assert len(outcome.findings) == 2
    failed, error = found["test-failed"], found["test-error"]
    assert (failed.path, failed.line) == ("tests/test_it.py", 6)
    assert failed.message.startswith("tests/test_it.py::test_fails: assert -1 == 1")
    assert (error.path, error.line) == ("tests/test_it.py", 10)
    assert "test_errors setup: ValueError: no fixture" in error.message
    assert outcome.summary == "3 tests, 2 failed"


def test_file_that_does_not_load_is_found(project: Project) -> None:
    (finding,) = project("import no_such_package\n").findings
    assert finding.code == "test-error"
    assert (finding.path, finding.line) == ("tests/test_it.py", 1)
    assert finding.message.startswith("tests/test_it.py: ModuleNotFoundError")


def test_file_with_a_syntax_error_is_found(project: Project) -> None:
    (finding,) = project("def test_it(:\n    pass\n").findings
    assert finding.path == "tests/test_it.py"
    assert "SyntaxError" in finding.message


def test_unlisted_skips_are_found(project: Project) -> None:
    tests = """
        import pytest

        def test_good():
            pass

        @pytest.mark.skip(reason="later")
        def test_later():
            pass

        @pytest.mark.parametrize("n", [1])
        def test_listed(n):
            pytest.skip("listed")
        """
    (finding,) = project(tests, allowed_skips=("tests/test_it.py::test_listed",)).findings
    assert (finding.path, finding.code) == ("tests/test_it.py", "test-skipped")
    assert finding.message == "tests/test_it.py::test_later was skipped: later"


def test_hang_names_test_and_line(project: Project, workers: int, tmp_path: Path) -> None:
    tests = """
        import time

        def test_good():
            pass

        def test_hangs():
            time.sleep(600)
        """
    # Workers take a while to start, on a machine that has other things to do a long one.
    (finding,) = project(tests, time_limit=4 if workers == 1 else 20).findings
    assert finding.code == "test-hang"
    assert "while it ran tests/test_it.py::test_hangs" in finding.message
    # The stack of a worker is not available.
    assert (finding.path, finding.line) == ("tests/test_it.py", 8 if workers == 1 else 0)
    assert (tmp_path / "out" / "junit-python.xml").is_file()


def test_crash_names_test(project: Project, workers: int) -> None:
    (finding,) = project("import os\n\ndef test_crashes():\n    os._exit(0)\n").findings
    alone = ("test-crash", "ended with exit code 0 before the end")
    code, said = alone if workers == 1 else ("test-error", "crashed while running")
    assert finding.code == code
    assert said in finding.message
    assert "tests/test_it.py::test_crashes" in finding.message


def test_tests_that_need_an_engine_or_an_odoo_are_left_out(project: Project) -> None:
    tests = """
        import pytest

        @pytest.mark.filterwarnings("ignore")
        def test_good():
            pass

        @pytest.mark.engine
        def test_engine():
            assert False
        """
    outcome = project(tests)
    assert (outcome.findings, outcome.summary) == ((), "1 test")


def test_verdict_of_a_plugin_is_no_success(project: Project, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "def pytest_sessionfinish(session):\n    session.exitstatus = 9\n"
    )
    (finding,) = project("def test_good():\n    pass\n").findings
    assert "ended with exit code 9" in finding.message


def test_no_tests_is_an_error(project: Project) -> None:
    with pytest.raises(InputError, match="pytest found no tests in tests"):
        project("")


def test_options_that_pytest_refuses_are_an_error(project: Project, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    with pytest.raises(ToolError, match="no-such-option"):
        project("def test_good():\n    pass\n")


def test_missing_path_is_an_error(project: Project) -> None:
    with pytest.raises(InputError, match="no_such_folder"):
        project("", paths=("no_such_folder",))


def test_without_packages_nothing_is_measured(project: Project, tmp_path: Path) -> None:
    assert project("def test_good():\n    pass\n", packages=()).findings == ()
    assert not (tmp_path / "out" / "coverage-python").exists()


def test_command_skips_without_paths(
    run_pipeline: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    code, printed = run_pipeline(
        "test", "python", "--source", tmp_path, "--output", tmp_path / "out"
    )
    assert code == 0
    assert "SKIPPED" in printed and "no [python] paths" in printed


def test_command_runs_without_output(
    run_pipeline: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    (tmp_path / "pipeline.toml").write_text('[python]\npaths = ["test_one.py"]\n')
    (tmp_path / "test_one.py").write_text("def test_one():\n    assert 0\n")
    code, printed = run_pipeline("test", "python", "--source", tmp_path)
    assert code == 1
    assert "test_one.py:2: test-failed" in printed


def test_workers_without_their_package_are_an_error(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(runner, "find_spec", lambda name: None)
    (tmp_path / "tests").mkdir()
    python = PythonSettings(paths=("tests",), workers=2)
    with pytest.raises(InputError, match="pytest-xdist is not installed"):
        run_tests(tmp_path, Settings(python=python), tmp_path / "out")


@pytest.fixture
def with_suites(tmp_path: Path) -> Path:
    """A project of two suites, of which one has a package that only it reads."""
    suites = [f'[python.suites.{name}]\npaths = ["tests/{name}"]\n' for name in ("one", "two")]
    settings = '[python]\npaths = ["tests"]\npackages = ["code_base", "gone"]\n'
    for name, text in {
        "pipeline.toml": "\n".join([settings, *suites]),
        "code_base/__init__.py": "def one():\n    return 1\n",
        "tests/one/test_one.py": "from code_base import one\n\ndef test(): assert one() == 1\n",
        "tests/two/test_two.py": "def test_it(): pass\n\ndef test_again(): pass\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(("suite", "tests"), [("one", "1 test"), ("two", "2 tests")])
def test_a_suite_runs_alone_and_has_its_own_files(
    with_suites: Path, run_pipeline, suite: str, tests: str
) -> None:
    out = with_suites / "out"
    options = ("--source", with_suites, "--suite", suite, "--output", out)
    code, said = run_pipeline("test", "python", *options)
    assert code == 0 and f"test-python-{suite}" in said and tests in said
    names = {f"test-python-{suite}.json", f"junit-python-{suite}.xml", f"log-python-{suite}.txt"}
    assert {path.name for path in out.iterdir()} == {*names, f"coverage-python-{suite}"}
    data = CoverageData(str(out / f"coverage-python-{suite}"))
    data.read()
    lines = data.lines("code_base/__init__.py") or []
    assert sorted(lines) == ([1, 2] if suite == "one" else [])


def test_a_suite_may_have_a_settings_file_of_its_own(with_suites: Path, run_pipeline) -> None:
    own = with_suites / "suite.toml"
    own.write_text('[python]\npaths = ["tests"]\n[python.suites.three]\npaths = ["tests/two"]\n')
    options = ("--source", with_suites, "--suite", "three", "--settings", own)
    code, said = run_pipeline("test", "python", *options)
    assert code == 0 and "2 tests" in said
    code, said = run_pipeline("test", "python", "--source", with_suites, "--suite", "three")
    assert code and "three is not a suite of pipeline.toml" in said
