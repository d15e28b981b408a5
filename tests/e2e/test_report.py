"""`dagger call report`: made whether steps fail or not."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

FAILING = """
from odoo.tests import TransactionCase


class TestVisit(TransactionCase):
    def test_greet(self):
        self.fail("<b>not bold</b>")
"""


def test_the_report_of_a_failing_repository(call, repository, tmp_path) -> None:
    repository.addon("visit", tests=FAILING)
    repository.commit()
    target = tmp_path / "report of today"

    call("report", "--source", repository.path, "export", "--path", target)

    page = (target / "index.html").read_text(encoding="utf-8")
    assert "<b>not bold</b>" not in page and "&lt;b&gt;not bold&lt;/b&gt;" in page
    assert "http://" not in page.replace("http://www.w3.org", "") or "src=" not in page
    cases = ElementTree.parse(target / "junit.xml").getroot().iter("testcase")
    assert [case.get("name") for case in cases if case.find("failure") is not None] == [
        "test_greet"
    ]
    assert ElementTree.parse(target / "coverage.xml").getroot().tag == "coverage"
    assert "visit" in (target / "summary.md").read_text(encoding="utf-8")
