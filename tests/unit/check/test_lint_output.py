"""What black, isort and flake8 print, turned into findings."""

from __future__ import annotations

import pytest

from pipeline.check import lint
from pipeline.core.process import Completed
from pipeline.core.results import Finding

BLACK, ISORT, FLAKE8 = lint.LINTERS


def ended(code: int, stderr: str = "", stdout: str = "") -> Completed:
    return Completed(("tool",), code, stdout, stderr)


def test_black_names_each_file_and_the_command_that_fixes_it(tmp_path):
    said = (
        f"would reformat {tmp_path}/a b.py\n"
        f"would reformat {tmp_path}/sub/line\nbreak.py\n"
        "\nOh no! 💥 💔 💥\n2 files would be reformatted, 1 file would be left unchanged.\n"
    )
    found = lint.judge(BLACK, tmp_path, ended(1, said))
    assert [finding.path for finding in found] == ["a b.py", "sub/line\nbreak.py"]
    assert found[0].fix == "run `black 'a b.py'`"
    assert {finding.code for finding in found} == {"black"}


@pytest.mark.parametrize(
    ("said", "line", "reason"),
    [
        (
            "error: cannot format {root}/bad.py: Cannot parse for target version Python 3.13: "
            "7:8: def f(:",
            7,
            "Cannot parse for target version Python 3.13: 7:8: def f(:",
        ),
        (
            "error: cannot parse: {root}/bad.py:7:6\n    def f(:\n         ^\nParseError: no",
            7,
            "ParseError: no",
        ),
        (
            "error: cannot format {root}/bad.py: invalid or missing encoding declaration",
            0,
            "invalid or missing encoding declaration",
        ),
    ],
)
def test_a_file_that_black_cannot_read(tmp_path, said, line, reason):
    text = said.format(root=tmp_path) + "\n\nOh no! 💥 💔 💥\n1 file failed to reformat.\n"
    assert lint.judge(BLACK, tmp_path, ended(123, text)) == (
        Finding(
            "bad.py",
            line,
            "black-error",
            f"black cannot format this file: {reason}",
            "fix the code",
        ),
    )


def test_isort_names_each_file(tmp_path):
    said = (
        f"ERROR: {tmp_path}/a b.py Imports are incorrectly sorted and/or formatted.\n"
        f"ERROR: {tmp_path}/line\nbreak.py Imports are incorrectly sorted and/or formatted.\n"
        "Skipped 3 files\n"
    )
    found = lint.judge(ISORT, tmp_path, ended(1, said))
    assert [finding.path for finding in found] == ["a b.py", "line\nbreak.py"]
    assert found[0].fix == "run `isort 'a b.py'`"


def test_flake8_names_file_line_and_code(tmp_path):
    report = (
        "\x1e./a b.py\x1f1\x1fE501\x1fline too long\n"
        "\x1e./line\nbreak.py\x1f22\x1fF401\x1f'os' imported but unused\n"
        "1     E501 line too long\n"
    )
    assert lint.judge(FLAKE8, tmp_path, ended(1), report) == (
        Finding("a b.py", 1, "E501", "line too long"),
        Finding("line\nbreak.py", 22, "F401", "'os' imported but unused"),
    )


@pytest.mark.parametrize("linter", lint.LINTERS, ids=lambda linter: linter.name)
def test_the_exit_code_is_the_verdict_even_when_no_file_is_named(tmp_path, linter):
    (finding,) = lint.judge(linter, tmp_path, ended(2, "Traceback …\nValueError: bad option"))
    assert finding.code == f"{linter.name}-failed"
    assert "exit code 2" in finding.message
    assert "ValueError: bad option" in finding.message
    assert linter.by_hand() in finding.fix


@pytest.mark.parametrize("linter", lint.LINTERS, ids=lambda linter: linter.name)
def test_exit_code_zero_is_a_pass_whatever_was_said(tmp_path, linter):
    assert lint.judge(linter, tmp_path, ended(0, "would reformat x.py\n")) == ()


def test_python_files_are_counted_outside_environments(tmp_path):
    for name in ("a.py", "sub/b.py", "c.pyi", ".venv/d.py", "venv/e.py", "f.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert lint.python_files(tmp_path) == 3


def test_a_missing_linter_is_named(monkeypatch):
    monkeypatch.setattr(lint, "LINTERS", (lint.Linter("no-such-linter", (), lint.parse_black),))
    with pytest.raises(lint.ToolError, match="no-such-linter is not installed"):
        lint.versions()
