"""The command line as a whole: help, completion, exit codes."""

from __future__ import annotations

import inspect
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipeline import cli
from pipeline.cli import check, tree
from pipeline.core.errors import PipelineError

ROOT = Path(__file__).parents[4]
COMMANDS = sorted(tree.walk())


def classes(kind: type[PipelineError]) -> Iterator[type[PipelineError]]:
    yield kind
    for more in kind.__subclasses__():
        yield from classes(more)


def test_the_help_is_a_table_of_contents(run_pipeline) -> None:
    code, said = run_pipeline("--help")
    assert code == 0
    at = [said.index(f"\n  {noun} ") for noun in tree.NOUNS]
    assert at == sorted(at)
    for *nouns, verb in COMMANDS:
        assert verb in run_pipeline(*nouns, "--help")[1], (nouns, verb)


def test_every_folder_is_a_noun_or_serves_the_commands() -> None:
    folders = {found.name for found in pkgutil.iter_modules(cli.__path__) if found.ispkg}
    nouns = {noun.replace("-", "_") for noun in tree.NOUNS}
    assert folders == nouns | {"options", "output"}


def test_a_package_that_is_not_installed_is_named(run_pipeline, monkeypatch, tmp_path) -> None:
    (tmp_path / "needy.py").write_text("import a_package_that_is_not_there\n")
    monkeypatch.setattr(check, "__path__", [*check.__path__, str(tmp_path)])
    code, said = run_pipeline("check", "needy")
    assert code == 4
    assert "`pipeline check needy` needs the Python package a_package_that_is_not_there" in said
    code, said = run_pipeline("check", "--help")
    assert code == 0 and "(`pipeline check needy` needs" in said and "manifests" in said


def test_a_part_of_the_pipeline_that_is_missing_is_no_user_error(
    run_pipeline, monkeypatch, tmp_path
) -> None:
    absent = "pipeline.nowhere"
    (tmp_path / "broken.py").write_text(f"import {absent}\n")
    monkeypatch.setattr(check, "__path__", [*check.__path__, str(tmp_path)])
    with pytest.raises(ModuleNotFoundError):
        run_pipeline("check", "broken")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_and_every_option_says_what_it_is_for(words) -> None:
    _, command = tree.find(words)
    assert command is not None and command.help
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_that_prints_a_table_can_print_json(words) -> None:
    """Each says at itself what it prints, or takes ``--format``; never both."""
    _, command = tree.find(words)
    if isinstance(command, click.Group):
        return
    has = any("--format" in option.opts for option in command.params)
    assert has != bool(command.prints), words


def test_what_lasts_on_a_vm_is_said_at_the_command() -> None:
    """Every command of a VM that takes a lock, or changes the machine, keeps running there."""
    looking = set()
    for words in tree.walk(("environment",)):
        _, command = tree.find(words)
        if not command.lasts:
            looking.add(words[1:])
            assert "--wait" not in {name for one in command.params for name in one.opts}, words
    assert looking == {
        ("attach",),
        ("backup", "list"),
        ("doctor",),
        ("history",),
        ("logs",),
        ("status",),
    }


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("status", "`pipeline environment status`"),
        ("environment backup lits", "`pipeline environment backup list`"),
        ("chekc lint", "`pipeline check`"),
        ("check lnt", "`pipeline check lint`"),
        ("rollbak", "`pipeline environment rollback`"),
        ("deploy", "`pipeline environment deploy`"),
        ("xyzzy", "`pipeline --help` lists the commands"),
    ],
)
def test_a_word_that_is_not_there_is_answered_with_what_may_be_meant(
    typed, meant, run_pipeline
) -> None:
    code, said = run_pipeline(*typed.split())
    assert code == 2 and meant in said, said


def test_an_option_that_is_not_there_is_answered_with_what_may_be_meant(run_pipeline) -> None:
    code, said = run_pipeline("check", "lint", "--fromat", "json")
    assert code == 2 and "--format" in said


@pytest.mark.parametrize(
    ("words", "number", "offered"),
    [
        ("pipeline odoo", 1, "plain,odoo-sh"),
        ("pipeline environment backup ver", 3, "plain,verify"),
        ("pipeline check modules --form", 3, "plain,--format"),
        ("pipeline check modules --format js", 4, "plain,json"),
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
