"""Whatever others say, GitHub shows it, and obeys none of it."""

from __future__ import annotations

import re
from html import unescape

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.core.console import one_line
from pipeline.core.results import Finding, Status, StepResult
from pipeline.report import actions, markdown
from pipeline.report.collect import PipelineRun

_PARTS = st.sampled_from(
    [
        "::",
        "\n",
        "\r",
        "%0A",
        "%",
        ",",
        ":",
        "=",
        "::error file=a::x",
        "::stop-commands::t",
        "`",
        "|",
    ]
    + [
        "<b>",
        "@team",
        "#1",
        "[a](b)",
        "\x1b[31m",
        "\u202e",
        "\ud800",
        "&amp;",
        "::endgroup::",
        "\0",
    ]
)
_TEXTS = st.lists(_PARTS | st.text(max_size=6), max_size=6).map("".join)


def run_of(path: str, code: str, message: str, fix: str) -> PipelineRun:
    finding = Finding(path, 3, code, message, fix)
    return PipelineRun(
        (StepResult("lint", Status.FAILED, message, fix, findings=(finding,)),), None, 0.0
    )


def parsed(command: str) -> tuple[dict[str, str], str]:
    """A workflow command, read as the runner reads it."""
    match = re.fullmatch(r"::error (.*?)::(.*)", command)
    assert match, command

    def plain(text: str, *pairs: tuple[str, str]) -> str:
        for written, meant in (*pairs, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            text = text.replace(written, meant)
        return text

    properties = dict(one.split("=", 1) for one in match[1].split(","))
    colons = (("%3A", ":"), ("%2C", ","))
    return {key: plain(value, *colons) for key, value in properties.items()}, plain(match[2])


@given(_TEXTS, _TEXTS, _TEXTS, _TEXTS)
@example("a,b:c%0A\n::error file=README.md::x", "c", "100% %0A::error::x\r\n::stop-commands::x", "")
def test_an_annotation_says_what_was_said_and_nothing_else(path, code, message, fix) -> None:
    (command,) = actions.annotated(run_of(path, code, message, fix))
    assert "\n" not in command and "\r" not in command
    properties, text = parsed(command)
    assert properties.get("file", "") == one_line(path)
    assert properties["title"] == one_line(f"lint: {code}")
    assert text == one_line(f"{message} (fix: {fix})" if fix else message)


@given(_TEXTS, _TEXTS, _TEXTS, _TEXTS)
def test_the_log_of_a_step_gives_no_commands(path, code, message, fix) -> None:
    token = "t" * 40
    open_group = True  # whether the runner obeys: between the marks of `stop-commands` it does not
    for line in actions.render(run_of(path, code, message, fix), token).splitlines():
        if line == f"::stop-commands::{token}":
            open_group = False
        elif line == f"::{token}::":
            open_group = True
        elif open_group and line.startswith("::"):
            assert re.match(r"::(group::lint: failed|endgroup::$|error )", line), line


@given(_TEXTS)
def test_markdown_shows_exactly_the_text(text: str) -> None:
    written = markdown.escape(text)
    assert not re.search(r"[\\`*_{}\[\]<>()+\-!|~@:\"'$\n]", re.sub(r"&#\d+;", "", written))
    assert unescape(written) == one_line(text, 300)
