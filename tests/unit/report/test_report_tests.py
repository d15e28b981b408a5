from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml

from pipeline.report.tests import read

ONE = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest">
<testcase classname="tests.test_a" name="test_1" time="0.5"/>
<testcase classname="tests.test_a" name="test_2" time="1.5"><failure message="no">trace</failure>
</testcase>
<testcase classname="tests.test_a" name="test_3"><skipped message="why"/></testcase>
</testsuite></testsuites>
"""
NESTED = """<testsuite name="outer"><testcase name="a" time="1"/>
<testsuite name="inner">
<testcase name="b"><error message="boom #x1B[31mred"/></testcase></testsuite>
</testsuite>"""


def test_suites_of_all_files_are_merged_and_named_by_unit(tmp_path: Path) -> None:
    (tmp_path / "junit-python.xml").write_text(ONE)
    (tmp_path / "junit-contract.xml").write_text(
        "<testsuites><testsuite name='x'><testcase name='a'/></testsuite>"
        "<testsuite name='y'><testcase name='b'/></testsuite></testsuites>"
    )
    report = read(tmp_path)
    target = tmp_path / "all.xml"
    report.document.write(str(target), pretty=True)
    merged = JUnitXml.fromfile(str(target))
    assert [suite.name for suite in merged] == ["contract.x", "contract.y", "python"]
    assert (merged.tests, merged.failures, merged.skipped, merged.errors) == (5, 1, 1, 0)
    assert [test.outcome for test in report.of("python")] == ["passed", "failed", "skipped"]
    failed = report.of("python")[1]
    assert (failed.group, failed.name, failed.seconds) == ("tests.test_a", "test_2", 1.5)
    assert (failed.message, failed.trace, failed.bad) == ("no", "trace", True)
    assert report.count("passed") == 3


def test_nested_suites_are_read(tmp_path: Path) -> None:
    (tmp_path / "junit-x.xml").write_text(NESTED)
    tests = read(tmp_path).tests
    assert [(test.name, test.outcome, test.message) for test in tests] == [
        ("a", "passed", ""),
        ("b", "error", "boom red"),
    ]


def test_a_file_that_is_no_junit_xml_becomes_an_error(tmp_path: Path) -> None:
    for name, text in {"cut": ONE[:200], "html": "<html/>", "empty": ""}.items():
        (tmp_path / f"junit-{name}.xml").write_text(text)
    report = read(tmp_path)
    assert [(test.unit, test.outcome) for test in report.tests] == [
        ("cut", "error"),
        ("empty", "error"),
        ("html", "error"),
    ]
    assert "junit-cut.xml is not readable JUnit XML" in report.tests[0].message
    assert report.document.errors == 3


def test_control_characters_that_xml_forbids_do_not_lose_the_file(tmp_path: Path) -> None:
    (tmp_path / "junit-x.xml").write_text(ONE.replace("trace", "tr\x1b[31m\x00ace"))
    report = read(tmp_path)
    assert len(report.tests) == 3
    target = tmp_path / "all.xml"
    report.document.write(str(target), pretty=True)
    assert JUnitXml.fromfile(str(target)).failures == 1


def test_without_files_there_are_no_tests(tmp_path: Path) -> None:
    report = read(tmp_path)
    assert report.tests == ()
    target = tmp_path / "all.xml"
    report.document.write(str(target), pretty=True)
    assert JUnitXml.fromfile(str(target)).tests == 0


def test_the_worst_of_several_results_counts(tmp_path: Path) -> None:
    (tmp_path / "junit-x.xml").write_text(
        "<testsuite name='s'><testcase name='a'><skipped/><failure message='one'/>"
        "<failure message='two'/></testcase></testsuite>"
    )
    (test,) = read(tmp_path).tests
    assert (test.outcome, test.message) == ("failed", "one\ntwo")


def test_what_xml_cannot_say_is_left_out_not_the_file(tmp_path: Path) -> None:
    body = b"<testcase name='a\x1b[31m' time='1,234.5'><failure message='&#x1B;[1mno&#0;&#8;'/>"
    body += b"</testcase>"
    body += (
        b"<testcase name='b' time='long'/><testcase name='c' time='nan'/><testcase name='d\x00'/>"
    )
    (tmp_path / "junit-x.xml").write_bytes(
        b"<testsuite name='s' tests='x'>" + body + b"</testsuite>"
    )
    report = read(tmp_path)
    assert [(test.name, test.seconds, test.outcome) for test in report.tests] == [
        ("a", 1234.5, "failed"),
        ("b", 0.0, "passed"),
        ("c", 0.0, "passed"),
        ("d", 0.0, "passed"),
    ]
    assert report.tests[0].message == "no"
    report.document.write(str(tmp_path / "all.xml"), pretty=True)


CASE = b"<testsuite><testcase name='a'><failure message='no%s'>%s</failure></testcase></testsuite>"


@pytest.mark.parametrize(
    "data",
    [
        CASE % (b"\xff\xef\xbf\xbe \xed\xa0\x80", b""),
        b"<?xml version='1.0' encoding='utf-8'?>" + CASE % (b"", b"\xe9"),
        b"<?xml version='1.0' encoding='latin-1'?>" + CASE % (b"", b"\xe9"),
        CASE % (b"", b"<![CDATA[x]]]]><![CDATA[>]]>"),
    ],
)
def test_bytes_that_are_no_utf_8_cost_no_test(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "junit-x.xml").write_bytes(data)
    (test,) = read(tmp_path).tests
    assert (test.name, test.outcome) == ("a", "failed")
    assert "no" in test.message


@pytest.mark.parametrize("text", ["&nbsp;", "?id=a&format=jpg", "Failure: <unknown>:0"])
def test_markup_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    xml = f"<testsuite><testcase name='a'><failure>{text}</failure></testcase></testsuite>"
    (tmp_path / "junit-x.xml").write_text(xml)
    (test,) = read(tmp_path).tests
    assert test.outcome == "error" and "junit-x.xml is not readable" in test.message


_TEXT = st.text(max_size=12) | st.sampled_from(["1", "-1", "1e999", "", "x", "]]>"])
_ATTRIBUTES = st.dictionaries(
    st.sampled_from(["name", "classname", "time", "tests", "failures", "message", "type"]), _TEXT
)
_ELEMENTS = st.recursive(
    st.tuples(st.sampled_from(["testcase", "properties", "system-out", "x"]), _ATTRIBUTES, _TEXT),
    lambda inner: st.tuples(
        st.sampled_from(
            ["testsuites", "testsuite", "testcase", "failure", "error", "skipped", "y"]
        ),
        _ATTRIBUTES,
        st.lists(inner, max_size=3),
    ),
    max_leaves=6,
)


def _xml(element: tuple) -> str:
    tag, attributes, content = element
    inside = escape(content) if isinstance(content, str) else "".join(map(_xml, content))
    given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{tag}{given}>{inside}</{tag}>"


@given(_ELEMENTS.map(_xml).map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary())
def test_a_file_of_anything_is_tests_or_one_error(tmp_path_factory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp() / "junit"
    folder.mkdir(exist_ok=True)
    (folder / "junit-x.xml").write_bytes(data)
    report = read(folder)
    report.document.write(str(folder / "all.xml"), pretty=True)
    assert len(JUnitXml.fromfile(str(folder / "all.xml"))) >= 0
    for test in report.tests:
        assert test.outcome in ("passed", "failed", "skipped", "error")
