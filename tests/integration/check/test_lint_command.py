"""`pipeline check lint` with the real tools: their verdict, by the source's configuration."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.process import run
from pipeline.core.results import Status, read_results

BIN = Path(sys.executable).parent


@pytest.fixture
def lint(tmp_path, run_pipeline):
    """Run the step on ``tmp_path/source``: exit code, output, result."""

    def go():
        output = tmp_path / "output"
        code, said = run_pipeline(
            "check", "lint", "--source", tmp_path / "source", "--output", output
        )
        return code, said, read_results(output)[0]

    (tmp_path / "source").mkdir()
    return go


def write(tmp_path, name, text):
    path = tmp_path / "source" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def places(result):
    return {(finding.path, finding.line, finding.code) for finding in result.findings}


def test_clean_files_pass_and_the_versions_are_named(tmp_path, lint):
    write(tmp_path, "a.py", 'print("a")\n')
    code, said, result = lint()
    assert (code, result.status) == (0, Status.PASSED)
    assert "1 Python files; black " in result.summary
    assert "isort " in result.summary and "flake8 " in result.summary


def test_no_python_is_skipped(tmp_path, lint):
    write(tmp_path, "README.md", "text")
    code, said, result = lint()
    assert (code, result.status) == (0, Status.SKIPPED)
    assert "nothing to lint" in said


def test_hooks_of_other_tools_are_named(tmp_path, lint):
    write(tmp_path, "a.py", 'print("a")\n')
    hooks = "repos: [{repo: https://example.org/x, rev: v1, hooks: [{id: trailing-whitespace}]}]\n"
    write(tmp_path, ".pre-commit-config.yaml", hooks)
    assert lint()[2].summary.endswith("; left to pre-commit: trailing-whitespace")


def test_each_tool_finds_its_own_and_all_are_shown(tmp_path, lint):
    write(tmp_path, "black it.py", "x = {  'a':1 }\n")
    write(tmp_path, "sub/imports.py", "import sys\nimport os\n\nprint(os, sys)\n")
    write(tmp_path, "sub/unused.py", "import os\n")
    code, said, result = lint()
    assert code == 1
    assert {
        ("black it.py", 0, "black"),
        ("black it.py", 1, "E231"),
        ("sub/imports.py", 0, "isort"),
        ("sub/unused.py", 1, "F401"),
    } <= places(result)
    assert "run `black 'black it.py'`" in said


def test_a_name_with_a_line_break(tmp_path, lint):
    write(tmp_path, "line\nbreak.py", "import sys\nimport os\nx=1\n")
    _, said, result = lint()
    assert {code for path, _, code in places(result) if path == "line\nbreak.py"} >= {
        "black",
        "isort",
        "F401",
    }
    assert "line\\nbreak.py:3: E225" in said


def test_a_file_that_does_not_parse_is_reported_with_its_line(tmp_path, lint):
    write(tmp_path, "good.py", "x = 1\n")
    write(tmp_path, "bad.py", "x = 1\n\n\ndef f(:\n    pass\n")
    code, said, result = lint()
    assert code == 1
    assert {("bad.py", 4, "black-error"), ("bad.py", 4, "E999")} <= places(result)
    assert not any(path == "good.py" for path, _, _ in places(result))


def test_a_file_with_a_broken_encoding_is_reported(tmp_path, lint):
    write(tmp_path, "latin.py", b'x = "\xe9"\n')
    code, _, result = lint()
    assert code == 1
    assert ("latin.py", 0, "black-error") in places(result)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".flake8", "[flake8]\nmax-line-length = 120\n"),
        ("setup.cfg", "[flake8]\nmax-line-length = 120\n"),
        ("tox.ini", "[flake8]\nmax-line-length = 120\n"),
    ],
)
def test_flake8_takes_the_source_s_configuration(tmp_path, lint, name, text):
    write(tmp_path, "pyproject.toml", "[tool.black]\nline-length = 120\n")
    write(tmp_path, "long.py", f"x = '{'a' * 100}'\n".replace("'", '"'))
    assert ("long.py", 1, "E501") in places(lint()[2])
    write(tmp_path, name, text)
    assert lint()[0] == 0


def test_black_and_isort_take_the_source_s_configuration(tmp_path, lint):
    write(tmp_path, ".flake8", "[flake8]\nmax-line-length = 120\n")
    write(tmp_path, "a.py", "import os\nfrom abc import ABC\n\nprint(os, ABC)\n")
    assert lint()[0] == 0
    options = 'profile = "black"\nforce_sort_within_sections = true\n'
    write(tmp_path, "pyproject.toml", f"[tool.isort]\n{options}")
    assert places(lint()[2]) == {("a.py", 0, "isort")}
    write(tmp_path, "a.py", "from abc import ABC\nimport os\n\nprint(os, ABC)\n")
    assert lint()[0] == 0
    write(tmp_path, "b.py", f"x = [{', '.join(str(n) for n in range(25))}]\n")
    write(tmp_path, "pyproject.toml", f"[tool.black]\nline-length = 20\n[tool.isort]\n{options}")
    assert ("b.py", 0, "black") in places(lint()[2])


def test_output_options_in_the_source_s_configuration_hide_nothing(tmp_path, lint):
    options = "color = always\nshow-source = true\nstatistics = true\noutput-file = out.txt\n"
    write(tmp_path, ".flake8", f"[flake8]\n{options}format = pylint\n")
    write(tmp_path, "unused.py", "import os\n")
    assert places(lint()[2]) == {("unused.py", 1, "F401")}
    assert not (tmp_path / "source" / "out.txt").exists()


def test_a_quiet_configuration_still_fails(tmp_path, lint):
    write(tmp_path, "pyproject.toml", "[tool.black]\nquiet = true\n")
    write(tmp_path, ".flake8", "[flake8]\nquiet = 2\n")
    write(tmp_path, "a.py", "import os\nx = {  'a': 1}\n")
    code, _, result = lint()
    assert code == 1
    assert {"black-failed", "flake8-failed"} <= {code for _, _, code in places(result)}


def test_a_broken_configuration_is_reported_and_the_others_still_run(tmp_path, lint):
    write(tmp_path, ".flake8", "[flake8]\nmax-line-length = wide\n")
    write(tmp_path, "a.py", "import sys\nimport os\n\nprint(os, sys)\n")
    code, said, result = lint()
    assert code == 1
    assert {code for _, _, code in places(result)} == {"flake8-failed", "isort"}
    assert "wide" in said


def test_files_of_the_source_cannot_shadow_the_tools_modules(tmp_path, lint):
    write(tmp_path, "pycodestyle.py", 'raise SystemExit("hijacked")\n')
    write(tmp_path, "click.py", 'raise SystemExit("hijacked")\n')
    code, said, _ = lint()
    assert code == 0, said


@pytest.mark.parametrize("broken", [False, True])
def test_the_verdict_is_that_of_the_tools_by_hand(tmp_path, lint, broken):
    source = tmp_path / "source"
    write(tmp_path, "one.py", "import os\n\nprint(os)\n")
    write(tmp_path, "sub/two.py", "import sys, os\nx=1\n" if broken else "x = 1\n")
    by_hand = [
        run((str(BIN / tool), *arguments), cwd=source, ok=range(256)).code
        for tool, arguments in (("black", ("--check", ".")), ("isort", ("-c", ".")), ("flake8", ()))
    ]
    assert any(by_hand) is broken
    assert lint()[0] == int(any(by_hand))


def test_a_source_that_is_no_directory(tmp_path, run_pipeline):
    code, said = run_pipeline("check", "lint", "--source", tmp_path / "nowhere")
    assert code == 2
    assert "nowhere is not a directory" in said


def test_lint_works_from_another_folder_by_a_relative_path(tmp_path, lint, run_pipeline):
    write(tmp_path, "unused.py", "import os\n")
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        code, said = run_pipeline("check", "lint", "--source", "source")
    finally:
        os.chdir(here)
    assert (code, said.splitlines()[0]) == (1, "unused.py:1: F401 'os' imported but unused")


def test_a_run_that_remembers_says_what_one_that_does_not_says(tmp_path, lint, run_pipeline):
    """Whatever is edited: code, data, a configuration."""
    for name in ("one", "two"):
        write(tmp_path, f"{name}/__init__.py", "")
        manifest = f'"name": "{name}", "author": "Odoo Community Association (OCA)"'
        manifest += ', "license": "AGPL-3", "version": "19.0.1.0.0", "data": ["data.xml"]'
        write(tmp_path, f"{name}/__manifest__.py", f"{{{manifest}}}\n")
        write(tmp_path, f"{name}/README.rst", "It does this.\n")
        write(tmp_path, f"{name}/data.xml", "<odoo>\n</odoo>\n")
    record = '<odoo>\n  <record id="one.two" model="res.partner" />\n</odoo>\n'
    edits = {
        "as it is": ("one/data.xml", "<odoo>\n</odoo>\n"),
        "code": ("one/__init__.py", 'import os\n\nprint("x", os, "%s" % 1)\n'),
        "data": ("two/data.xml", record * 2),
        "configuration": (".flake8", "[flake8]\nmax-line-length = 20\n"),
        "corrected": ("one/__init__.py", ""),
    }
    for what, (name, text) in edits.items():
        write(tmp_path, name, text)
        said = []
        for cache in (("--cache", tmp_path / "cache"), ()):
            output = tmp_path / "output"
            where = ("--source", tmp_path / "source", "--output", output)
            run_pipeline("check", "lint", *where, *cache)
            said.append(replace(read_results(output)[0], seconds=0, started=0))
        assert said[0] == said[1], what
