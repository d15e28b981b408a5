"""`dagger call report`: made whether steps fail or not."""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from itertools import chain
from pathlib import Path
from typing import Any

from pipeline.privacy.anonymize.report import ColumnReport, Report, write_signed
from pipeline.privacy.verification.singling_out import Recognizable

SCRIPT = Path(__file__).with_name("page_in_browser.py")
BROWSER = "chromium chromium-driver python3-selenium"
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

    seen = in_browser(target, tmp_path / "seen")
    assert [seen["phone"]["width"], seen["desktop"]["width"]] == [390, 1440]
    for device, found in seen.items():
        assert found["heading"].startswith("Failed: "), found
        assert found["scrolls"] == found["width"] and not found["cut"], (device, found)
        assert not found["outside"] and not found["small"] and not found["lost"], (device, found)
        every, one, again = found["filtered"]
        assert 0 < one < every == again, (device, found)
        assert found["open: no"] and found["open: yes"] and found["console"] == [], (device, found)


def test_the_officers_page_is_read_on_a_phone_and_printed(tmp_path) -> None:
    kept = [
        ColumnReport(f"a_table_with_a_long_name_{number}", f"column_{number}", "keep", reason="few")
        for number in range(300)
    ]
    people = Recognizable("res_partner", 120_000, 1, 7, {"create_date": 7, "color": 1})
    report = Report(
        *("care-prod", False, 12.5, tuple(kept)),
        emptied={"mail_mail": 9000},
        rows={"res_partner": (120_000, 120_000)},
        integrity={"every value is one that its strategy makes": ""},
        people=(people,),
        link="https://github.com/acme/odoo-care/actions/runs/7",
    )
    write_signed(report, tmp_path / "report", b"key")
    seen = in_browser(tmp_path / "report", tmp_path / "seen", "anonymization.html")
    for device, found in seen.items():
        assert found["heading"] == "Anonymization of care-prod"
        assert found["scrolls"] == found["width"], (device, found)
        assert not found["outside"] and not found["small"] and found["console"] == [], found
    printed = (tmp_path / "seen/page.pdf").read_bytes()
    assert printed.startswith(b"%PDF-") and len(re.findall(rb"/Type /Page\b", printed)) >= 2


def in_browser(report: Path, folder: Path, page: str = "index.html") -> dict[str, dict[str, Any]]:
    """What a reader finds on the page with Chromium, by device; pictures are in the folder."""
    install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends "
    steps = (
        ("from", "--address=debian:trixie-slim"),
        ("with-exec", f"--args=sh,-c,{install}{BROWSER}"),
        ("with-mounted-directory", "--path=/report", f"--source={report}"),
        ("with-mounted-file", "--path=/browse.py", f"--source={SCRIPT}"),
        ("with-exec", f"--args=python3,/browse.py,/report/{page},/seen"),
        ("directory", "--path=/seen", "export", f"--path={folder}"),
    )
    command = ["dagger", "--progress=plain", "core", "container", *chain.from_iterable(steps)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert ended.returncode == 0, ended.stderr[-4000:]
    found: dict[str, dict[str, Any]] = json.loads((folder / "facts.json").read_text("utf-8"))
    return found
