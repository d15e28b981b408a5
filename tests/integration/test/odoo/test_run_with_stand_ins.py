"""`test-addon` from end to end, with stand-ins for Odoo and PostgreSQL."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.addons.discovery import discover
from pipeline.core.errors import InputError
from pipeline.core.results import Outcome, StepResult
from pipeline.core.settings import OdooSettings, Settings
from pipeline.test.odoo import run as odoo_run
from pipeline.test.odoo.prepare import TEMPLATE


def run_addon(source: Path, settings: Settings, name: str, output: Path, prepared: Path) -> Outcome:
    """The tests of an add-on, with all add-ons of the source."""
    addons = discover(source, settings)
    return odoo_run.test_addon(source, settings, addons, name, output, prepared)


AddOn = Callable[..., Path]
Pipeline = Callable[..., tuple[int, str]]
GOOD = """
    import unittest

    class TestIt(unittest.TestCase):
        def test_good(self):
            pass
    """


def test_good_addon_gives_every_file(
    prepared: Path, stand_in: Path, tmp_path: Path, addon: AddOn, run_pipeline: Pipeline
) -> None:
    addon("a")
    source = addon("x", ("a", "mail"), GOOD)
    attachment = prepared / "data" / "filestore" / TEMPLATE / "ab" / "abcd"
    attachment.parent.mkdir(parents=True)
    attachment.write_text("asset")
    code, printed = run_pipeline(
        "test",
        "addon",
        "x",
        "--source",
        source,
        "--output",
        tmp_path / "out",
        "--directory",
        prepared,
    )
    assert code == 0, printed
    assert "test-x: PASSED" in printed and "1 test" in printed
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "test-x.json",
        "junit-x.xml",
        "coverage-x",
        "log-x.txt",
    }
    result = StepResult.from_json((tmp_path / "out" / "test-x.json").read_text())
    assert (result.step, result.summary) == ("test-x", "1 test")
    copied = prepared / "work" / "data" / "filestore" / "test" / "ab" / "abcd"
    assert copied.samefile(attachment)
    links = sorted(path.name for path in (prepared / "work" / "addons").iterdir())
    assert links == ["a", "x"]


def test_first_run_takes_the_copy_that_was_prepared_and_the_next_makes_its_own(
    prepared: Path, stand_in: Path, tmp_path: Path, addon: AddOn
) -> None:
    copy = 'CREATE DATABASE "test" TEMPLATE "template" STRATEGY file_copy'
    taken = 'ALTER DATABASE "fresh" RENAME TO "test"'
    source = addon("x")
    seen = []
    for _ in range(3):
        run_addon(source, Settings(), "x", tmp_path / "out", prepared)
        statements = (stand_in / "sql").read_text()
        seen.append((statements.count(taken), statements.count(copy)))
    assert seen == [(1, 0), (1, 1), (1, 2)]


def test_a_server_that_is_named_is_used_and_none_is_started(
    stand_in: Path, tmp_path: Path, addon: AddOn, run_pipeline: Pipeline
) -> None:
    source, state = addon("x", (), GOOD), tmp_path / "state"
    options = ("--server=db.test", "--directory", state)
    code, printed = run_pipeline("test", "prepare-database", *options)
    assert code == 0, printed
    assert "db_host = db.test" in (state / "prepare.conf").read_text()
    command = ("test", "addon", "x", "--source", source, "--output", tmp_path / "out")
    code, printed = run_pipeline(*command, *options)
    assert code == 0, printed
    assert "db_host = db.test" in (state / "work" / "odoo.conf").read_text()
    assert not (stand_in / "server").exists() and not (state / "pgdata").exists()


def test_add_ons_of_others_are_there_when_their_folders_are_named(
    prepared: Path, tmp_path: Path, addon: AddOn, run_pipeline: Pipeline
) -> None:
    addon("theirs")
    source = addon("x", ("theirs",), GOOD)
    command = ("test", "addon", "x", "--source", source, "--output", tmp_path / "out")
    options = ("--directory", prepared, "--folder=x")
    assert run_pipeline(*command, *options)[0] == 2
    code, printed = run_pipeline(*command, *options, "--dependency=theirs", "--unit=x-with-demo")
    assert code == 0, printed
    assert (tmp_path / "out" / "junit-x-with-demo.xml").is_file()


def test_failure_is_reported_once_and_at_its_line(
    prepared: Path, tmp_path: Path, addon: AddOn
) -> None:
    tests = """
        import logging
        import unittest

        class TestIt(unittest.TestCase):
            def test_fails(self):
                logging.getLogger("odoo.addons.x").warning("odd")
                self.fail("no")

            def test_parts(self):
                with self.subTest(n=1):
                    raise ValueError("part")

            @classmethod
            def tearDownClass(cls):
                raise unittest.SkipTest("class")
        """
    source = addon("x", ("base",), tests)
    outcome = run_addon(source, Settings(), "x", tmp_path / "out", prepared)
    found = sorted((finding.code, finding.line, finding.message) for finding in outcome.findings)
    name = "x.tests.test_it.TestIt"
    assert found == [
        ("odoo-warning", 7, "odoo.addons.x: odd"),
        ("test-error", 12, f"{name}.test_parts (n=1): ValueError: part"),
        ("test-failed", 8, f"{name}.test_fails: AssertionError: no"),
        ("test-skipped", 0, f"{name}.tearDownClass was skipped: class"),
    ]
    assert outcome.summary == "2 tests, 2 failed, 1 skipped"


def test_hang_names_test_and_line(prepared: Path, tmp_path: Path, addon: AddOn) -> None:
    source = addon("x", ("base",), GOOD.replace("pass", "import time; time.sleep(600)"))
    settings = Settings(odoo=OdooSettings(time_limit=3))
    (finding,) = run_addon(source, settings, "x", tmp_path / "out", prepared).findings
    assert (finding.code, finding.path, finding.line) == ("test-hang", "x/tests/test_it.py", 6)
    assert "x.tests.test_it.TestIt.test_good" in finding.message


def test_tests_that_odoo_leaves_out_are_found(prepared: Path, tmp_path: Path, addon: AddOn) -> None:
    source = addon("x", tests=GOOD)
    tests = source / "x" / "tests"
    (tests / "deep").mkdir()
    files = {
        "__init__.py": "from . import test_it, check_it, common",
        "check_it.py": GOOD,
        "common.py": GOOD.replace("(unittest.TestCase)", "").replace("test_good", "make"),
        "deep/test_deep.py": GOOD,
    }
    for name, text in files.items():
        (tests / name).write_text(textwrap.dedent(text))
    outcome = run_addon(source, Settings(), "x", tmp_path / "out", prepared)
    assert [(one.path, one.code) for one in outcome.findings] == [
        ("x/tests/check_it.py", "test-not-run"),
        ("x/tests/deep/test_deep.py", "tests-not-imported"),
    ]
    assert "add `from .deep import test_deep` to x/tests/__init__.py" == outcome.findings[1].fix
    listed = Settings(odoo=OdooSettings(allowed_skips=("x.tests.check_it.TestIt",)))
    again = run_addon(source, listed, "x", tmp_path / "out", prepared)
    assert [one.code for one in again.findings] == ["tests-not-imported"]


def test_odoo_that_ends_early_with_code_0_is_found(
    prepared: Path, tmp_path: Path, addon: AddOn
) -> None:
    source = addon("x", tests=GOOD.replace("pass", "__import__('os')._exit(0)"))
    (finding,) = run_addon(source, Settings(), "x", tmp_path / "out", prepared).findings
    assert finding.code == "test-crash"
    assert "exit code 0 before the end while it ran x.tests.test_it" in finding.message


def test_odoo_that_does_not_start_is_reported_as_crash(
    prepared: Path, tmp_path: Path, addon: AddOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODOO_FAILS", "1")
    (finding,) = run_addon(addon("x"), Settings(), "x", tmp_path / "out", prepared).findings
    assert finding.code == "test-crash"
    assert "could not start" in finding.message


def test_addon_that_odoo_leaves_out_is_found(
    prepared: Path, tmp_path: Path, addon: AddOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    addon("a")
    source = addon("x", ("a",))
    monkeypatch.setenv("NOT_INSTALLED", "a")
    outcome = run_addon(source, Settings(), "x", tmp_path / "out", prepared)
    (finding,) = outcome.findings
    assert (finding.path, finding.code) == ("a/__manifest__.py", "not-installed")
    assert "state is unknown to Odoo" in finding.message
    assert outcome.summary == "it has no tests"


def test_unknown_dependency_names_the_addon(prepared: Path, tmp_path: Path, addon: AddOn) -> None:
    addon("a", ("nothing_of_this_name",))
    source = addon("x", ("a",))
    with pytest.raises(InputError, match=r"nothing_of_this_name \(needed by a\)"):
        run_addon(source, Settings(), "x", tmp_path / "out", prepared)


def test_unknown_addon_is_an_error(prepared: Path, tmp_path: Path, addon: AddOn) -> None:
    with pytest.raises(InputError, match="no add-on named 'y'"):
        run_addon(addon("x"), Settings(), "y", tmp_path / "out", prepared)


def test_nothing_prepared_is_an_error(stand_in: Path, tmp_path: Path, addon: AddOn) -> None:
    with pytest.raises(InputError, match="no prepared database"):
        run_addon(addon("x"), Settings(), "x", tmp_path / "out", tmp_path / "none")


def test_unknown_module_of_the_settings_is_an_error(
    prepared: Path, tmp_path: Path, addon: AddOn
) -> None:
    settings = Settings(odoo=OdooSettings(preinstall=("nothing",)))
    with pytest.raises(InputError, match=r"nothing \(needed by \[odoo\] preinstall\)"):
        run_addon(addon("x"), settings, "x", tmp_path / "out", prepared)
