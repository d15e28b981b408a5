"""Add-ons of others: on Odoo's path and in the image, and nothing of them is judged."""

from __future__ import annotations

import pytest

#: A test that fails, in a file that no formatter would leave as it is.
FAILING = """
from odoo.tests import TransactionCase
class TestTheirs( TransactionCase ) :
    def test_theirs(self) :
        self.fail( "of others" )
"""


@pytest.fixture
def dependent(repository):
    """A repository whose add-on needs one of others, which is in a folder of repositories."""
    repository.addon("addons/visit", depends="theirs")
    repository.addon("vendor/oca/theirs", tests=FAILING)
    repository.addon("lost/found")
    settings = '[project]\naddons = ["addons"]\ndependencies = ["others"]\n'
    repository.write("pipeline.toml", settings)
    (repository.path / "others").symlink_to("vendor/oca")
    repository.write(".isort.cfg", "[settings]\nprofile = black\n")
    repository.commit()
    return repository


def test_add_ons_of_others_are_used_and_not_judged(call, dependent) -> None:
    answer = call("ci", "--source", dependent.path)
    assert {step for step in answer.rows if step.startswith("test-")} == {"test-visit"}
    assert set(answer.rows.values()) <= {"PASSED", "SKIPPED"}, answer.out
    assert "1 add-on in lost listed nowhere" in " ".join(answer.out.replace("│", " ").split())
