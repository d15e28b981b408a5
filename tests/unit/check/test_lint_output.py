"""What the tools of lint print, turned into findings."""

from __future__ import annotations

import pytest

from pipeline.check.lint import tools
from pipeline.check.lint.plan import Run
from pipeline.check.lint.run import judge
from pipeline.core.errors import ToolError
from pipeline.core.process import Completed
from pipeline.core.results import Finding

BLACK, ISORT, FLAKE8 = Run(tools.BLACK), Run(tools.ISORT), Run(tools.FLAKE8)
EVERY = [Run(tool) for tool in dict.fromkeys(tools.BY_HOOK.values())]


def ended(code: int, stderr: str = "", stdout: str = "") -> Completed:
    return Completed(("tool",), code, stdout, stderr)


def test_black_names_each_file_and_the_command_that_fixes_it(tmp_path):
    said = (
        f"would reformat {tmp_path}/a b.py\n"
        f"would reformat {tmp_path}/sub/line\nbreak.py\n"
        "\nOh no! 💥 💔 💥\n2 files would be reformatted, 1 file would be left unchanged.\n"
    )
    found = judge(BLACK, tmp_path, ended(1, said))
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
    assert judge(BLACK, tmp_path, ended(123, text)) == (
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
    found = judge(ISORT, tmp_path, ended(1, said))
    assert [finding.path for finding in found] == ["a b.py", "line\nbreak.py"]
    assert found[0].fix == "run `isort 'a b.py'`"


def test_flake8_names_file_line_and_code(tmp_path):
    report = (
        "\x1e./a b.py\x1f1\x1fE501\x1fline too long\n"
        "\x1e./line\nbreak.py\x1f22\x1fF401\x1f'os' imported but unused\n"
        "1     E501 line too long\n"
    )
    assert judge(FLAKE8, tmp_path, ended(1), report) == (
        Finding("a b.py", 1, "E501", "line too long"),
        Finding("line\nbreak.py", 22, "F401", "'os' imported but unused"),
    )


@pytest.mark.parametrize("linter", EVERY, ids=lambda linter: linter.tool.name)
def test_the_exit_code_is_the_verdict_even_when_no_file_is_named(tmp_path, linter):
    (finding,) = judge(linter, tmp_path, ended(2, "Traceback …\nValueError: bad option"))
    assert finding.code == f"{linter.tool.name.replace(' ', '-')}-failed"
    assert "exit code 2" in finding.message
    assert "ValueError: bad option" in finding.message
    assert linter.by_hand() in finding.fix


@pytest.mark.parametrize("linter", EVERY, ids=lambda linter: linter.tool.name)
def test_exit_code_zero_is_a_pass_whatever_was_said(tmp_path, linter):
    assert judge(linter, tmp_path, ended(0, "would reformat x.py\n")) == ()


def test_a_tool_that_is_not_installed_is_named():
    missing = tools.Tool("no-such-linter", "no-such-linter", ("-m", "no"), (), tools.BLACK.parse)
    with pytest.raises(ToolError, match="no-such-linter is not installed"):
        _ = Run(missing).version


def test_the_command_of_a_fix_has_the_arguments_that_the_tool_was_called_with(tmp_path):
    said = f"ERROR: {tmp_path}/a.py Imports are incorrectly sorted and/or formatted.\n"
    (found,) = judge(Run(tools.ISORT, ("--profile=black",)), tmp_path, ended(1, said))
    assert found.fix == "run `isort --profile=black a.py`"


RUFF_JSON = """[
  {"code": "F401", "filename": "%s/a.py", "fix": {"message": "Remove"}, "message": "unused",
   "location": {"column": 8, "row": 3}},
  {"code": null, "filename": "%s/b.py", "fix": null, "message": "SyntaxError: no",
   "location": {"column": 1, "row": 7}}
]"""


def test_ruff_names_file_line_and_code_and_what_it_can_fix_itself(tmp_path):
    said = "warning: a deprecated option\n" + RUFF_JSON.replace("%s", str(tmp_path))
    assert judge(Run(tools.RUFF), tmp_path, ended(1, stdout=said)) == (
        Finding("a.py", 3, "F401", "unused", "run `ruff check --fix`"),
        Finding("b.py", 7, "invalid-syntax", "SyntaxError: no"),
    )


NEW_FORMAT = """[
  {"code": "unformatted", "filename": "%s/a b.py", "message": "File would be reformatted",
   "location": {"column": 1, "row": 2}},
  {"code": "invalid-syntax", "filename": "%s/bad.py", "message": "Expected a parameter",
   "location": {"column": 7, "row": 2}}
]"""
OLD_FORMAT = """error: Failed to parse bad.py:2:7: Expected a parameter
Would reformat: a b.py
1 file would be reformatted, 3 files already formatted
"""


@pytest.mark.parametrize("said", [NEW_FORMAT, OLD_FORMAT])
def test_ruff_s_formatter_names_files_whatever_its_version(tmp_path, said):
    found = judge(Run(tools.RUFF_FORMAT), tmp_path, ended(2, said.replace("%s", str(tmp_path))))
    assert sorted(found) == [
        Finding(
            "a b.py",
            0,
            "ruff-format",
            "ruff would reformat this file",
            "run `ruff format 'a b.py'`",
        ),
        Finding(
            "bad.py",
            2,
            "ruff-format-error",
            "ruff cannot format this file: Expected a parameter",
            "fix the code",
        ),
    ]


def test_pylint_names_file_line_and_message(tmp_path):
    said = """[{"path": "sale_x/models/a.py", "line": 7, "symbol": "sql-injection",
               "message": "SQL injection risk.\\nUse parameters", "message-id": "E8103"}]"""
    assert judge(Run(tools.PYLINT), tmp_path, ended(2, stdout=said)) == (
        Finding("sale_x/models/a.py", 7, "sql-injection", "SQL injection risk."),
    )


def test_hooks_name_files_from_wherever_they_look_and_in_colour(tmp_path):
    (tmp_path / "sale_x" / "data").mkdir(parents=True)
    (tmp_path / "sale_x" / "data" / "a.xml").touch()
    from_root = f"{tmp_path}/sale_x/data/a.xml".lstrip("/")
    said = (
        f"\x1b[1m{from_root}\x1b[36m:\x1b[0m12\x1b[36m:\x1b[0m \x1b[31mxml-syntax-error\x1b[0m "
        "Opening and ending tag mismatch\nsale_x/data/b.xml:3:5\nan explanation, in a line below\n"
        "sale_x/data/a.xml: csv-syntax-error Wrong\n"
    )
    assert judge(Run(tools.MODULE_HOOKS), tmp_path, ended(1, stdout=said)) == (
        Finding("sale_x/data/a.xml", 12, "xml-syntax-error", "Opening and ending tag mismatch"),
        Finding("sale_x/data/a.xml", 0, "csv-syntax-error", "Wrong"),
    )


def test_hooks_of_old_versions_name_the_message_at_the_end_of_the_line(tmp_path):
    said = (
        "****xml-syntax-error****\n"
        "sale_x/a.xml:4 Extra content (a.xml, line 9) - [xml-syntax-error]\n"
    )
    assert judge(Run(tools.MODULE_HOOKS), tmp_path, ended(1, stdout=said)) == (
        Finding("sale_x/a.xml", 4, "xml-syntax-error", "Extra content (a.xml, line 9)"),
    )
