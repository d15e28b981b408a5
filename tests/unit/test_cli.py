"""The command line as a whole: help, completion, exit codes."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipeline import cli
from pipeline.core.errors import PipelineError

ROOT = Path(__file__).parents[2]
#: Commands that print no table: what they print is JSON, or what they write is files.
WITHOUT_FORMAT = {"plan", "prepare-database", "baseline", "report", "merge-reports"}
WITHOUT_FORMAT |= {"image-metadata", "sbom", "image-document", "classify", "verify-anonymized"}
WITHOUT_FORMAT |= {"fetch-database", "load-refresh", "refresh-load", "neutralize"}
# They print what happens on a VM, as it happens.
WITHOUT_FORMAT |= {"deploy-uat", "deploy-prod", "remote", "detached", "prepare-vm"}
WITHOUT_FORMAT |= {"resume", "rollback", "backup", "logs", "unlock"}


def classes(kind: type[PipelineError]) -> Iterator[type[PipelineError]]:
    yield kind
    for more in kind.__subclasses__():
        yield from classes(more)


def test_the_help_lists_every_command_once_and_in_its_group(run_pipeline) -> None:
    code, said = run_pipeline("--help")
    assert code == 0
    rows = [line.split()[0] for line in said.splitlines() if line.startswith("  ") and line.split()]
    for name in cli.COMMANDS:
        assert rows.count(name) == 1, name
    grouped = [name for names in cli.GROUPS.values() for name in names]
    assert len(grouped) == len(set(grouped)) and set(grouped) <= set(cli.COMMANDS)
    assert said.index("Look at a repository:") < said.index("  lint ") < said.index("Test it:")


def test_a_command_that_no_group_names_is_listed_all_the_same(run_pipeline, monkeypatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "novelty", "pipeline.commands.lint")
    code, said = run_pipeline("--help")
    assert code == 0
    assert said.index("More:") < said.index("novelty")


def test_a_package_that_is_not_installed_is_named(run_pipeline, monkeypatch, tmp_path) -> None:
    (tmp_path / "needy_command.py").write_text("import a_package_that_is_not_there\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(cli.COMMANDS, "needy", "needy_command")
    code, said = run_pipeline("needy")
    assert code == 4
    assert "`pipeline needy` needs the Python package a_package_that_is_not_there" in said
    code, said = run_pipeline("--help")
    assert code == 0 and "(`pipeline needy` needs" in said and "manifests" in said


def test_a_part_of_the_pipeline_that_is_missing_is_no_user_error(run_pipeline, monkeypatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "broken", "pipeline.commands.nowhere")
    with pytest.raises(ModuleNotFoundError):
        run_pipeline("broken")


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_and_every_option_says_what_it_is_for(name) -> None:
    command = cli.cli.get_command(None, name)
    assert command.help
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    assert [option.name for option in options if not option.help] == []


def test_every_command_that_prints_a_table_can_print_json(run_pipeline) -> None:
    without = {name for name in cli.COMMANDS if "--format" not in run_pipeline(name, "--help")[1]}
    assert without <= WITHOUT_FORMAT


@pytest.mark.parametrize(
    ("words", "number", "offered"),
    [
        ("pipeline deploy-o", 1, "plain,deploy-odoo-sh"),
        ("pipeline modules --form", 2, "plain,--format"),
        ("pipeline modules --format js", 3, "plain,json"),
    ],
)
def test_shells_complete_commands_options_and_values(words, number, offered) -> None:
    asked = {"_PIPELINE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(number)}
    done = subprocess.run(
        [sys.executable, "-m", "pipeline"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts"), **asked},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert offered in done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_lines_that_the_help_names_give_a_completion(shell, run_pipeline) -> None:
    assert f"_PIPELINE_COMPLETE={shell}_source pipeline" in run_pipeline("--help")[1]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline"],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT / "scripts"),
            "_PIPELINE_COMPLETE": f"{shell}_source",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert f"_PIPELINE_COMPLETE={shell}_complete" in done.stdout, done.stderr


def test_the_table_of_exit_codes_is_that_of_the_errors() -> None:
    page = (ROOT / "docs/exit-codes.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and "`" in line]
    expected = {
        f"| {kind.exit_code} | `{kind.__name__}` | {(inspect.getdoc(kind) or '').splitlines()[0]} |"
        for kind in classes(PipelineError)
        if kind.__module__ == PipelineError.__module__
    }
    assert set(rows) == expected


def test_no_two_kinds_of_error_share_an_exit_code_by_accident() -> None:
    codes = [
        kind.__dict__["exit_code"]
        for kind in classes(PipelineError)
        if "exit_code" in kind.__dict__
    ]
    assert len(codes) == len(set(codes))
    assert 0 not in codes
