"""Tours and JavaScript tests of add-ons, in a browser that Odoo's image does not have."""

from __future__ import annotations

import json
import re

ASSETS = """
    "assets": {
        "web.assets_tests": ["%(name)s/static/tests/tours/*.js"],
        "web.assets_unit_tests": ["%(name)s/static/tests/*.test.js"],
    },
}
"""
TOURS = """
import { registry } from "@web/core/registry";

const open = { content: "The menu is there", trigger: ".o_main_navbar" };
const add = (name, ...steps) =>
    registry.category("web_tour.tours").add(name, { steps: () => [open, ...steps] });

const wait = () => new Promise(() => {});
const odd = () => {
    console.warn("something is odd");
    throw new Error("the step's own fault");
};

add("works");
add("lacks", { content: "Press it", trigger: ".nowhere", run: "click", timeout: 500 });
add("throws", { content: "A step with a fault", trigger: "body", run: odd });
add("waits", { content: "Wait for ever", trigger: "body", run: wait, timeout: 50000 });
"""
UNIT_TESTS = """
import { expect, test } from "@odoo/hoot";

test("adding", () => {
    expect(1 + 1).toBe(%s);
});
"""
GOOD = """
from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestGood(HttpCase):
    def test_works(self):
        self.start_tour("/odoo", "works", login="admin")
"""
BAD = """
import os
import signal
import threading

from odoo.tests import HttpCase, tagged
from odoo.tests.common import ChromeBrowser


@tagged("post_install", "-at_install")
class TestBad(HttpCase):
    def test_lacks(self):
        self.start_tour("/odoo", "lacks", login="admin")

    def test_throws(self):
        self.start_tour("/odoo", "throws", login="admin")

    def test_waits(self):
        self.start_tour("/odoo", "waits", login="admin", timeout=4)

    def test_dies(self):
        start = ChromeBrowser._chrome_start

        def dying(browser, *arguments, **options):
            process, port = start(browser, *arguments, **options)
            threading.Timer(8, os.kill, (process.pid, signal.SIGKILL)).start()
            return process, port

        self.patch(ChromeBrowser, "_chrome_start", dying)
        self.start_tour("/odoo", "waits", login="admin")

    def test_works(self):
        self.start_tour("/odoo", "works", login="admin")
"""


def test_what_happens_in_the_browser_is_reported(call, repository, tmp_path) -> None:
    for name, tests, sum in (("good_one", GOOD, 2), ("bad_one", BAD, 3)):
        repository.addon(name, "web_tour", tests)
        manifest = repository.path / name / "__manifest__.py"
        text = manifest.read_text(encoding="utf-8").rstrip().removesuffix("}")
        manifest.write_text(text + ASSETS % {"name": name}, encoding="utf-8")
        repository.write(f"{name}/static/tests/tours/tours.js", TOURS)
        repository.write(f"{name}/static/tests/sum.test.js", UNIT_TESTS % sum)
    repository.commit()

    call("report", "--source", repository.path, "export", "--path", tmp_path / "report")

    results = tmp_path / "report/results"
    found = {
        name: json.loads((results / f"test-{name}.json").read_text(encoding="utf-8"))
        for name in ("good_one", "bad_one")
    }
    assert found["good_one"]["status"] == "passed", found["good_one"]
    assert found["good_one"]["summary"] == "2 tests"
    said = {
        finding["message"].partition(": ")[0].rpartition(".")[2]: finding
        for finding in found["bad_one"]["findings"]
    }
    assert set(said) == {
        "test_lacks",
        "test_throws",
        "test_waits",
        "test_dies",
        "test_desktop",
    }, said
    assert {one["code"] for one in said.values()} == {"test-failed"}
    places = {name: one["path"] for name, one in said.items()}
    assert places.pop("test_desktop") == "bad_one"
    assert set(places.values()) == {"bad_one/tests/test_bad_one.py"}
    words = {name: one["message"].partition(": ")[2] for name, one in said.items()}
    assert words["test_lacks"].startswith("FAILED: [2/2] Tour lacks → Step Press it (trigger: .no")
    assert "Element (.nowhere) has not been found" in words["test_lacks"]
    assert words["test_throws"].startswith("FAILED: [2/2] Tour throws → Step A step with a fault")
    assert "the step's own fault" in words["test_throws"]
    assert "console: WARNING: something is odd" in words["test_throws"]
    assert words["test_waits"].startswith("Script timeout exceeded; it was at [2/2] Tour waits")
    assert words["test_dies"].startswith("the browser was killed by signal 9 during the test")
    failed = 'console: ERROR: [HOOT] Test "@bad_one/sum/adding" failed:'
    assert failed in words["test_desktop"] and "Expected: 3" in words["test_desktop"]
    for name in ("test_lacks", "test_throws", "test_waits", "test_desktop"):
        (picture,) = re.findall(r"; see (screenshot-bad_one-\S+\.png)", words[name])
        assert (results / picture).read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "report/index.html").read_text(encoding="utf-8")
    assert page.count('src="data:image/png;base64,') == 4
