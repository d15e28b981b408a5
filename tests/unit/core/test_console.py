from __future__ import annotations

import io

import pytest
from rich.console import Console

from pipeline.core.console import (
    console,
    finding_text,
    finding_texts,
    one_line,
    print_result,
    printable,
    results_table,
    time_text,
)
from pipeline.core.results import Finding, Status, StepResult


def result(**changes: object) -> StepResult:
    values: dict[str, object] = {
        "step": "lint",
        "status": Status.FAILED,
        "summary": "3 files",
        "advice": "run `make format`",
        "seconds": 1.25,
        "started": 100.0,
    }
    return StepResult(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x1b\\", "link"),
        ("#x1B[31;1mred#x1B[0m", "red"),
        ("a\x00b\x07c\x9b2Jd\x7f", "abcd"),
        ("tab\tline\nnext\r\nend", "tab\tline\nnext\nend"),
        ("abc\u202etxt.exe", "abctxt.exe"),
        ("\ud800lone \uffff", "lone "),
        ("naïve ✓ 漢字 😀", "naïve ✓ 漢字 😀"),
        ("array[0] #x1", "array[0] #x1"),
    ],
)
def test_escape_sequences_and_control_characters_are_removed(raw: str, clean: str) -> None:
    assert printable(raw) == clean


def test_one_line_joins_lines_and_cuts_long_ones() -> None:
    assert one_line(" a\n  b\tc ") == "a b c"
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"


def test_a_finding_shows_place_code_message_and_fix() -> None:
    shown = finding_text(Finding("a.py", 3, "E501", "too long", "break it"), "  ").plain
    assert shown == "  a.py:3: E501 too long\n      fix: break it"


def test_what_several_findings_in_a_row_are_fixed_by_is_said_once() -> None:
    fixes = ["rotate it", "rotate it", "", "break it", "rotate it"]
    findings = [Finding("a.py", line, "x", "bad", fix) for line, fix in enumerate(fixes, 1)]
    assert "\n".join(text.plain for text in finding_texts(findings, label="note: ")).split(
        "\n"
    ) == [
        "note: a.py:1: x bad",
        "note: a.py:2: x bad",
        "    fix: rotate it",
        "note: a.py:3: x bad",
        "note: a.py:4: x bad",
        "    fix: break it",
        "note: a.py:5: x bad",
        "    fix: rotate it",
    ]


def test_a_finding_without_a_file_has_no_place() -> None:
    assert finding_text(Finding("", 0, "coverage-minimum", "low")).plain == "coverage-minimum low"


def test_no_line_of_a_message_can_be_taken_for_a_command_of_the_log_reader(
    capsys: pytest.CaptureFixture[str],
) -> None:
    message = "failed\n::set-env name=X::y\n  ::error::z"
    print_result(result(findings=(Finding("a.py", 1, "t", message),), summary=f"bad\n{message}"))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert not [line for line in lines if line.strip().startswith("::")]


def test_markup_of_others_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_result(result(findings=(Finding("[red]a.py", 1, "[x]", "[/bold] [link=x]"),)))
    assert "[red]a.py:1: [x] [/bold] [link=x]" in capsys.readouterr().out


def test_the_verdict_of_a_step_ends_with_what_to_do_unless_it_is_good(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_result(result())
    assert capsys.readouterr().out == (
        "lint: FAILED in 1.2 s: 3 files\nwhat to do: run `make format`\n"
    )
    print_result(result(status=Status.PASSED))
    assert capsys.readouterr().out == "lint: PASSED in 1.2 s: 3 files\n"


def test_the_time_says_when_a_result_is_from_an_earlier_run() -> None:
    assert time_text(result(), cached_before=200.0) == "cached"
    assert time_text(result(), cached_before=50.0) == "1.2 s"
    assert time_text(result(started=0.0), cached_before=50.0) == "-"


def test_the_table_fits_a_log_and_keeps_all_words() -> None:
    stream = io.StringIO()
    rows = [
        result(step="test-a_very_long_name_of_an_add_on_indeed", summary="word " * 40),
        result(status=Status.PASSED, advice="never shown"),
    ]
    console(stream).print(results_table(rows))
    text = stream.getvalue()
    assert max(len(line) for line in text.splitlines()) <= 120
    assert text.count("word") == 40
    assert "never shown" not in text
    assert "PASSED" in text and "FAILED" in text
    assert "\x1b" not in text


def test_a_terminal_gets_colour() -> None:
    stream = io.StringIO()
    Console(file=stream, force_terminal=True, width=100, color_system="standard").print(
        results_table([result()])
    )
    assert "\x1b[1;31mFAILED" in stream.getvalue()
