"""`dagger call ci` where much is wrong: every failure is shown, each with its way out."""

from __future__ import annotations

import re

FAILING = """
from odoo.tests import TransactionCase


class TestVisit(TransactionCase):
    def test_greet(self):
        self.assertEqual("Hello", "Good bye")
"""
HANGING = """
import time

from odoo.tests import TransactionCase


class TestVisit(TransactionCase):
    def test_waits_for_ever(self):
        time.sleep(3600)
"""
CRASHING = """
import os

from odoo.tests import TransactionCase


class TestVisit(TransactionCase):
    def test_ends_the_process(self):
        os._exit(9)
"""


def test_all_failures_are_shown_at_once(call, repository) -> None:
    repository.addon("visit", tests=FAILING)
    repository.write("visit/badly_formatted.py", "import  sys\nx = {  'a':1 }\n")
    manifest = repository.path / "visit/__manifest__.py"
    manifest.write_text(manifest.read_text("utf-8").replace("19.0.1.0.0", "19.0.1"), "utf-8")
    key = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7" * 12
    repository.write("visit/a key.txt", key + "\n-----END RSA " + "PRIVATE KEY-----\n")
    repository.commit()

    answer = call("ci", "--source", repository.path, ok=False)

    failed = {step for step, result in answer.rows.items() if result == "FAILED"}
    assert failed >= {"lint", "manifests", "secrets", "test-visit"}, answer.out
    assert "visit/badly_formatted.py" in answer.out
    assert "visit/a key.txt" in answer.out and "MIIEpAIBAAKCAQEA7" not in answer.log
    assert "visit/__manifest__.py" in answer.out and "19.0.1" in answer.out
    assert "visit/tests/test_visit.py" in answer.out and "Good bye" in answer.out
    # Before that, the log says which steps failed, and why, and nothing of the pipeline's own code.
    # Dagger itself adds how it made the module's own container, now and then.
    told = answer.log.partition("OdooMta.ci")[2].partition("! FunctionError")[0]
    assert re.search(r"┆ lint ERROR \[.+\]\n.+ ! .+; findings: \d+", told), told
    assert not re.search(r"Traceback|/opt/(pipeline|venv|linters)", told), told


def test_no_add_ons(call, repository) -> None:
    repository.write("README.md", "Nothing here\n")
    repository.commit()

    answer = call("ci", "--source", repository.path, ok=False)

    assert "no add-ons found" in answer.out
    assert answer.rows["secrets"] == "PASSED"


def test_settings_with_an_unknown_key(call, repository) -> None:
    repository.addon("visit")
    repository.write("pipeline.toml", "[coverage]\nminimun = 90\n")
    repository.commit()

    answer = call("test", "--source", repository.path, ok=False)

    assert "pipeline.toml: unknown key `minimun` in [coverage]" in answer.out
    assert "minimum" in answer.out


def test_a_test_that_hangs_and_one_that_crashes_odoo(call, repository) -> None:
    repository.write("pipeline.toml", "[odoo]\ntime_limit = 20\n")
    repository.addon("hanging", tests=HANGING)
    repository.addon("crashing", tests=CRASHING)
    repository.commit()

    answer = call("test", "--source", repository.path, ok=False)

    assert answer.rows["test-hanging"] in {"FAILED", "ERROR"}
    assert "test_waits_for_ever" in answer.out and "20 s" in answer.out
    assert answer.rows["test-crashing"] in {"FAILED", "ERROR"}
    assert "test_ends_the_process" in answer.out


def test_a_baseline_of_another_series(call, repository, tmp_path) -> None:
    repository.addon("visit")
    repository.commit()
    baseline = tmp_path / "old baseline.json"
    baseline.write_text('{"format": 1, "series": "17.0", "files": {}}', encoding="utf-8")

    answer = call("test", "--source", repository.path, "--baseline", baseline, ok=False)

    assert answer.rows["coverage"] == "ERROR"
    assert "17.0" in answer.out


def test_a_dependency_that_does_not_exist(call, repository) -> None:
    repository.addon("visit", depends="no_such_module")
    repository.commit()

    answer = call("ci", "--source", repository.path, ok=False)

    assert answer.rows["manifests"] == "FAILED"
    assert "no_such_module" in answer.out
