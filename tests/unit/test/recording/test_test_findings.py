"""What of a recording is to be fixed, and its JUnit file."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.results import Finding
from pipeline.test.recording import findings, junit
from pipeline.test.recording.reader import Places, Printed, RecordedTest, Recording, Result

PLACES = Places({"/src": ""})
STACKS = 'Current thread 0x1 (most recent call first):\n  File "/src/x/t.py", line 7 in test\n'


def process(code: int = 0, timed_out: bool = False, stacks: str = "") -> findings.Process:
    """How a process ended."""
    return findings.Process("Odoo", code, timed_out, 60, "[odoo] time_limit", "a\nlast", stacks)


def test_regular_end_is_no_interruption() -> None:
    assert findings.interruption(Recording(ended=True), process(1), PLACES) is None


def test_hang_is_found_at_the_line_of_the_stack() -> None:
    found = findings.interruption(Recording(running="x.t"), process(0, True, STACKS), PLACES)
    assert found is not None
    assert (found.path, found.line, found.code) == ("x/t.py", 7, "test-hang")
    assert found.message == "Odoo did not end within 60 s while it ran x.t, in x/t.py line 7"


def test_hang_after_the_tests_is_found_too() -> None:
    found = findings.interruption(Recording(ended=True), process(0, True), PLACES)
    assert found is not None
    assert found.message == "Odoo did not end within 60 s; its last lines:\n    a\n    last"


def test_kill_points_at_memory() -> None:
    found = findings.interruption(Recording(), process(-9), PLACES)
    assert found is not None
    assert "was killed by signal 9 before the end" in found.message
    assert "memory" in found.fix


def test_long_messages_are_cut() -> None:
    result = Result("failed", "first\n  second " + "x" * 1000)
    recording = Recording((RecordedTest("a.b", (result,)),))
    (found,) = findings.failures(recording, PLACES)
    assert findings.failures(recording, Places({}), "x")[0].path == "x"
    assert found.message.startswith("a.b: first second xxx")
    assert len(found.message) < 520 and found.message.endswith("…")


def test_skips_are_allowed_by_test_class_file_and_parameter() -> None:
    names = ("x.t.A.test_a", "x.t.B.test_b", "t/a.py::test_c[1]", "t/b.py::test_d", "x.t.AB.test_e")
    skip = (Result("skipped", ""),)
    recording = Recording(tuple(RecordedTest(name, skip) for name in names))
    allowed = ("x.t.A", "x.t.B.test_b", "t/a.py::test_c", "t/b.py")
    assert findings.unlisted_skips(recording, allowed, "key", "x") == [
        Finding(
            "x",
            0,
            "test-skipped",
            "x.t.AB.test_e was skipped: no reason given",
            "make it run, or list it in pipeline.toml (key)",
        )
    ]


def test_summary_counts_tests_not_parts() -> None:
    failed = Result("failed")
    recording = Recording(
        (
            RecordedTest("x.t.A.test_a", (failed, failed)),
            RecordedTest("x.t.A.setUpClass", (Result("error"),)),
            RecordedTest("x.t.A.test_b", (Result("skipped"),)),
        )
    )
    assert findings.summary(recording) == "2 tests, 2 failed, 1 skipped"
    assert (
        findings.summary(Recording((RecordedTest("t.py::test_a", (Result("passed"),)),)))
        == "1 test"
    )


def test_junit_names_classes_and_survives_control_characters(tmp_path: Path) -> None:
    recording = Recording(
        (
            RecordedTest("x.t.A.test_a", (Result("passed"),), 0.5),
            RecordedTest(
                "t/a.py::B::test_b[1.5::x]", (Result("failed", "bad \x00", "(i=1)", "tr\x08"),)
            ),
            RecordedTest("t/a.py::test_c"),
        ),
        running="t/a.py::test_c",
    )
    junit.write(recording, "suite", "\x1b[31mit hung\x1b[0m", tmp_path / "junit.xml")
    cases = list(ElementTree.parse(tmp_path / "junit.xml").iter("testcase"))
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert names == [("x.t.A", "test_a"), ("t.a.B", "test_b[1.5::x]"), ("t.a", "test_c")]
    failure, error = cases[1].find("failure"), cases[2].find("error")
    assert failure is not None and failure.get("message") == "(i=1) bad \ufffd"
    assert failure.text == "tr\ufffd"
    assert error is not None and error.get("message") == "it hung"


def test_junit_has_what_the_browser_showed_of_failed_tests(tmp_path: Path) -> None:
    shown = ((Printed("INFO", "[1/1] Tour"), Printed("ERROR", "\x1b[1mno")), ("screenshot-a.png",))
    tests = tuple(
        RecordedTest(f"x.tests.test_a.A.test_{outcome}", (Result(outcome),), 1, *shown)
        for outcome in ("passed", "failed")
    )
    junit.write(Recording(tests), "suite", "", tmp_path / "junit.xml")
    passed, failed = ElementTree.parse(tmp_path / "junit.xml").iter("testcase")
    assert passed.find("system-out") is None
    out = failed.find("system-out")
    assert out is not None and out.text is not None
    assert out.text.split("\n") == ["[1/1] Tour", "ERROR: no", "[[ATTACHMENT|screenshot-a.png]]"]


def test_junit_does_not_take_endless_texts(tmp_path: Path) -> None:
    text = "begin" + "x" * 2_000_000 + "end"
    failed = RecordedTest("t.py::test_a", (Result("failed", text, trace=text),))
    junit.write(Recording((failed,)), "suite", "", tmp_path / "junit.xml")
    (failure,) = ElementTree.parse(tmp_path / "junit.xml").iter("failure")
    for kept in (failure.get("message"), failure.text):
        assert kept and len(kept) < 300_000
        assert kept.startswith("beginx") and kept.endswith("xend")
        assert "characters left out" in kept


_ANY = st.text(max_size=20) | st.sampled_from(
    ["]]>", "<a>&amp;", "\x1b[31m", "\ud800", "::[x]", ""]
)


@given(_ANY, _ANY, _ANY, _ANY, st.sampled_from(["failed", "error", "skipped"]), _ANY)
def test_junit_is_xml_whatever_a_test_says(tmp_path_factory, name, part, text, trace, how, broken):
    path = tmp_path_factory.getbasetemp() / "any.xml"
    test = RecordedTest(f"t.py::{name}", (Result(how, text, part, trace),))
    junit.write(
        Recording((test, RecordedTest("t.py::last")), running="t.py::last"), name, broken, path
    )
    cases = list(ElementTree.parse(path).iter("testcase"))
    assert [len(list(case)) for case in cases] == [1, 1]
