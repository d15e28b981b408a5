"""`dagger call ci` where there is nothing to complain about."""

from __future__ import annotations

import json

GOOD = {"PASSED", "SKIPPED"}
NO_DEMO = """
from odoo.tests import TransactionCase


class TestWithout(TransactionCase):
    def test_nobody_is_invented(self):
        self.assertFalse(self.env.ref("base.user_demo", raise_if_not_found=False))
"""


def test_add_ons_at_the_root_without_any_settings(call, repository) -> None:
    """The layout of OCA: nothing of this project is needed in the repository."""
    repository.addon("visit")
    repository.addon("visit_report", depends="visit")
    repository.commit()

    answer = call("ci", "--source", repository.path)

    assert answer.rows["test-visit"] == answer.rows["test-visit_report"] == "PASSED"
    assert answer.rows["lint"] == answer.rows["secrets"] == answer.rows["gitignore"] == "PASSED"
    assert set(answer.rows.values()) <= GOOD, answer.out
    # In a pipe: a line when a step begins and one when it ends, no call of the API below it.
    told = answer.log.splitlines()
    assert len(told) <= 150, answer.log
    for step in ("plan", "lint", "secrets", "test-visit", "coverage"):
        assert [line for line in told if line.split()[3:] == [step]], answer.log
    assert "withMountedDirectory" not in answer.log.partition("OdooMta.ci")[2]


def test_only_what_changed_and_what_needs_it_is_tested(call, repository) -> None:
    """With demo data and without: one test passes only in one of the two databases."""
    settings = '[project]\naddons = ["core", "more"]\n[odoo]\ndemo = "both"\n'
    repository.write("pipeline.toml", settings)
    repository.addon("core/visit")
    repository.addon("core/alone")
    repository.addon("more/visit_report", depends="visit", tests=NO_DEMO)
    before = repository.commit()
    with (repository.path / "core/visit/models.py").open("a", encoding="utf-8") as file:
        file.write("\n    def bye(self):\n        return self.greet()\n")
    repository.commit()

    answer = call("test", "--source", repository.path, "--changed-since", before, ok=False)

    tests = {step: result for step, result in answer.rows.items() if step.startswith("test-")}
    assert tests == {
        "test-visit": "PASSED",
        "test-visit-with-demo": "PASSED",
        "test-visit_report": "PASSED",
        "test-visit_report-with-demo": "FAILED",
    }, answer.out


def test_modules_as_json(call, repository) -> None:
    repository.addon("addons/visit")
    repository.addon("addons/visit_report", depends="visit")
    repository.commit()

    answer = call("modules", "--source", repository.path, "--format", "json")

    listed = {module["name"]: module for module in json.loads(answer.out)["modules"]}
    assert listed["visit_report"]["depends"] == ["visit"]
    assert listed["visit"]["version"] == "19.0.1.0.0"


def test_a_directory_without_history_is_checked_as_far_as_it_can_be(call, repository) -> None:
    repository.addon("visit")
    git = repository.path / ".git"
    git.rename(repository.path.parent / "git-moved-away")

    answer = call("ci", "--source", repository.path, ok=False)

    assert answer.rows["gitignore"] == "ERROR"
    assert "is not a git checkout" in answer.out
    others = {step: result for step, result in answer.rows.items() if step != "gitignore"}
    assert set(others.values()) <= GOOD, answer.out
