from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from junitparser import JUnitXml

from pipeline.core.results import Finding, Status, StepResult, write_result
from pipeline.report.page import duration, last_lines, level
from pipeline.test.coverage.numbers import FileCover
from pipeline.test.coverage.totals import Totals

HOSTILE = "</script></style><img src=x onerror=alert(1)>\"'><b>{{7*7}}\x1b[31m\x00\x08\u202e"
VISIBLE = "</script></style><img src=x onerror=alert(1)>\"'><b>{{7*7}}"
VOID = {"meta", "input", "br", "img"}


class Reader(HTMLParser):
    """Collects tags, attributes and text, and checks that every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.inside: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag in ("td", "th"):
            self.text += " "
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.inside[self.open[-1]] = data
        else:
            self.text += data


@pytest.fixture
def report(tmp_path: Path, run_pipeline: Callable[..., tuple[int, str]]) -> Callable[..., Reader]:
    """Write a report and read its page."""

    def make(*options: object) -> Reader:
        places = ("--source", tmp_path / "source", "--results", tmp_path / "results")
        code, printed = run_pipeline(
            "report", "write", *places, "--output", tmp_path / "report", *options
        )
        assert code == 0, printed
        reader = Reader()
        reader.feed((tmp_path / "report" / "index.html").read_text(encoding="utf-8"))
        reader.close()
        assert reader.open == []
        return reader

    return make


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Results of a failed run of a source with one add-on, hostile texts everywhere."""
    addon = tmp_path / "source" / "contract"
    addon.mkdir(parents=True)
    (addon / "__manifest__.py").write_text('{"name": "C", "version": "19.0.1.2.3"}')
    directory = tmp_path / "results"
    findings = (
        Finding(f"{HOSTILE}.py", 7, HOSTILE, HOSTILE, HOSTILE),
        Finding("", 0, "group", "no file"),
    )
    for result in (
        StepResult("lint", Status.FAILED, HOSTILE, HOSTILE, 2.0, 9e9, findings),
        StepResult("build", Status.ERROR, f"first\n{HOSTILE}", "", 4.0, 9e9),
        StepResult("test-contract", Status.PASSED, "2 tests", "", 1.0, 9e9),
    ):
        write_result(result, directory)
    escaped = VISIBLE.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    (directory / "junit-contract.xml").write_text(
        f'<testsuites><testsuite name="s"><testcase classname="{escaped}" name="{escaped}" '
        f'time="2.5"><failure message="{escaped}\x1b[31m">{escaped}\x00</failure></testcase>'
        '<testcase classname="c" name="test_skip" time="0"><skipped message="later"/></testcase>'
        "</testsuite></testsuites>"
    )
    files = (
        FileCover("contract/models.py", "contract", 10, 7, 2, 1, (4, 5, 6), (9,)),
        FileCover(f"contract/{VISIBLE}.py", "contract", 10, 9, 0, 0, (3,)),
        FileCover("scripts/tool.py", "", 5, 5, 0, 0),
    )
    totals = Totals(80.0, "compared with abc", files, {"contract/models.py": 90.0})
    (directory / "coverage-totals.json").write_text(totals.to_json())
    (directory / "coverage.xml").write_text("<coverage/>")
    (directory / "htmlcov").mkdir()
    (directory / "htmlcov" / "index.html").write_text("map")
    (directory / "log-contract.txt").write_text("log")
    return directory


def test_hostile_texts_are_shown_and_do_nothing(
    results: Path, report: Callable[..., Reader]
) -> None:
    page = report()
    tags = {tag for tag, _ in page.seen}
    assert not tags & {"img", "b{{7*7}}", "iframe", "object"}
    assert [tag for tag, _ in page.seen].count("script") == 1
    for _, attributes in page.seen:
        assert not [name for name in attributes if name.startswith("on")]
    assert page.text.count(VISIBLE) >= 8
    raw = (results.parent / "report" / "index.html").read_text(encoding="utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", raw)


def test_the_page_loads_nothing_and_allows_only_its_own_style_and_script(
    results: Path, report: Callable[..., Reader]
) -> None:
    page = report()
    assert not [attributes for _, attributes in page.seen if "src" in attributes]
    links = {str(attributes["href"]) for tag, attributes in page.seen if tag == "a"}
    assert {link for link in links if not link.startswith("#")} == {
        "junit.xml",
        "coverage.xml",
        "htmlcov/index.html",
        "summary.md",
        "test-times.json",
        "results/",
    }
    identities = {attributes["id"] for _, attributes in page.seen if "id" in attributes}
    assert {link[1:] for link in links if link.startswith("#")} <= identities
    policy = next(
        str(attributes["content"])
        for tag, attributes in page.seen
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for content in page.inside.values():
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert not [attributes for _, attributes in page.seen if "style" in attributes]
    assert "url(" not in page.inside["style"] and "@import" not in page.inside["style"]


def test_a_failed_test_has_its_screenshots_and_what_it_printed(
    results: Path, report: Callable[..., Reader]
) -> None:
    names = ["screenshot-contract-a.png", "screenshot-contract-lost.png", "../a.png"]
    (results / names[0]).write_bytes(b"picture")
    (results.parent / "a.png").write_bytes(b"not a result")
    attached = "".join(f"[[ATTACHMENT|{name}]]\n" for name in names)
    (results / "junit-contract.xml").write_text(
        '<testsuites><testsuite name="s"><testcase classname="c" name="test_tour" time="2">'
        f"<failure message='no'/><system-out>[1/2] Tour\n{attached}</system-out></testcase>"
        "</testsuite></testsuites>"
    )
    page = report()
    pictures = [attributes for tag, attributes in page.seen if tag == "img"]
    data = base64.b64encode(b"picture").decode()
    assert pictures == [{"alt": names[0], "src": f"data:image/png;base64,{data}"}]
    links = {attributes["href"] for tag, attributes in page.seen if tag == "a"}
    assert {f"results/{name}" for name in names} & links == {
        f"results/{name}" for name in names[:2]
    }
    assert "[1/2] Tour" in page.text and "ATTACHMENT|screenshot" not in page.text
    assert (results.parent / "report/results" / names[0]).read_bytes() == b"picture"


def test_the_page_says_what_happened(results: Path, report: Callable[..., Reader]) -> None:
    text = " ".join(report("--wall", "125", "--expect", "smoke").text.split())
    assert "Failed: 3 of 4 steps" in text
    assert "took 2 min 5 s" in text
    assert "Odoo 19.0" in text
    assert "no result: the step did not run" in text
    assert "contract/models.py 66.66 % -23.34 10 4-6; branches: 9" in text
    assert "contract 19.0.1.2.3 base 2 1 failed passed 77.27 %" in text
    assert "c.test_skip later" in text
    assert "1 failed, 1 skipped" in text


def test_an_addon_that_is_tested_twice_has_both_results(
    results: Path, report: Callable[..., Reader]
) -> None:
    write_result(StepResult("test-contract-with-demo", Status.FAILED, "broken"), results)
    (results / "junit-contract-with-demo.xml").write_text(
        '<testsuites><testsuite name="s"><testcase classname="c" name="test_other" time="0"/>'
        "</testsuite></testsuites>"
    )
    text = " ".join(report().text.split())
    assert "contract 19.0.1.2.3 base 3 1 failed passed failed 77.27 %" in text


def test_the_directory_holds_all_files(results: Path, report: Callable[..., Reader]) -> None:
    report()
    directory = results.parent / "report"
    found = {path.relative_to(directory).as_posix() for path in directory.rglob("*")}
    assert found == {
        "index.html",
        "junit.xml",
        "coverage.xml",
        "summary.md",
        "test-times.json",
        "actions.log",
        "exit-code",
        "htmlcov",
        "htmlcov/index.html",
        "results",
        "results/lint.json",
        "results/build.json",
        "results/test-contract.json",
        "results/coverage-totals.json",
        "results/junit-contract.xml",
        "results/log-contract.txt",
    }
    assert JUnitXml.fromfile(str(directory / "junit.xml")).failures == 1
    assert "FAILED" in (directory / "summary.md").read_text()


def test_a_second_report_replaces_the_first(results: Path, report: Callable[..., Reader]) -> None:
    report()
    (results / "coverage.xml").unlink()
    (results / "build.json").unlink()
    page = report()
    directory = results.parent / "report"
    assert not (directory / "coverage.xml").exists()
    assert not (directory / "results" / "build.json").exists()
    assert "coverage.xml" not in page.text


def test_a_run_that_ended_early_still_has_a_report(
    tmp_path: Path, report: Callable[..., Reader]
) -> None:
    write_result(StepResult("plan", Status.ERROR, "no add-ons", "fix"), tmp_path / "results")
    (tmp_path / "source").mkdir()
    text = " ".join(report().text.split())
    assert "Failed: 1 of 1 step" in text
    assert "coverage was not measured in this run" in text
    assert "No test left a JUnit file" in text
    assert "no add-ons found in the repository" in text


def test_totals_that_are_not_usable_are_said(results: Path, report: Callable[..., Reader]) -> None:
    (results / "coverage-totals.json").write_text("{")
    assert "coverage-totals.json is not usable" in report().text


def test_a_passed_run_is_shown_as_passed(tmp_path: Path, report: Callable[..., Reader]) -> None:
    write_result(StepResult("lint", Status.PASSED, "fine"), tmp_path / "results")
    (tmp_path / "source").mkdir()
    page = report()
    assert ("header", {"class": "good"}) in page.seen
    assert "Passed: 1 step" in " ".join(page.text.split())
    assert "Findings" not in page.text.split("Steps")[0]


def test_very_many_findings_are_cut_and_counted(
    tmp_path: Path, report: Callable[..., Reader]
) -> None:
    findings = tuple(Finding("a.py", line, "E1", "bad") for line in range(1, 1001))
    write_result(StepResult("lint", Status.FAILED, "x", findings=findings), tmp_path / "results")
    (tmp_path / "source").mkdir()
    text = report().text
    assert "and 500 more in results/lint.json" in text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.314, "0.31 s"), (42, "42.0 s"), (185.9, "3 min 5 s")]
)
def test_durations_are_readable(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_long_traceback_keeps_its_end() -> None:
    text = "\n".join(str(number) for number in range(200))
    assert last_lines(text).splitlines()[:2] == ["… 50 lines before …", "50"]
    assert last_lines("a\nb") == "a\nb"


@pytest.mark.parametrize(("percent", "name"), [(80, "good"), (79.99, "low"), (59.99, "bad")])
def test_the_level_follows_the_minimum(percent: float, name: str) -> None:
    assert level(percent, 80.0) == name
