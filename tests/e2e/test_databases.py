"""Each add-on is tested with the modules that it needs, and no others: its verdict is its own."""

from __future__ import annotations

#: Both are about a module that another add-on of the repository needs.
TESTS = """
from odoo.tests import TransactionCase


class TestModules(TransactionCase):
    def test_modules(self):
        {}
"""
USES = 'self.assertEqual(self.env["mail.template"]._name, "mail.template")'
LACKS = 'self.assertNotIn("mail.template", self.env)'


def test_no_add_on_meets_a_module_that_only_another_one_needs(call, repository) -> None:
    repository.addon("greeting", depends="mail", tests=TESTS.format(USES))
    repository.addon("forgetful", tests=TESTS.format(USES))
    repository.addon("modest", tests=TESTS.format(LACKS))
    repository.write("pipeline.toml", "[coverage]\nminimum = 0\n")
    repository.commit()

    answer = call("test", "--source", repository.path, ok=False)

    assert answer.rows["test-greeting"] == answer.rows["test-modest"] == "PASSED", answer.out
    assert answer.rows["test-forgetful"] == "FAILED" and "KeyError" in answer.out


def test_an_image_without_odoo_is_one_error(call, repository) -> None:
    repository.addon("greeting")
    repository.addon("modest")
    repository.write("pipeline.toml", '[odoo]\nimage = "python:3.13-slim"\n')
    repository.commit()

    answer = call("test", "--source", repository.path, ok=False)

    assert answer.rows["databases"] == "ERROR" and "test-greeting" not in answer.rows
    assert "[odoo] image" in answer.out
