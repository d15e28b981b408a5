"""The functions of the Dagger module: how many there are, and what the engine may keep of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise, takewhile
from pathlib import Path

import pytest

from dagger_module import ROOT_OBJECT, Function, functions, objects, trees
from pipeline.check.lint.environments import ToolEnvironment
from pipeline.check.lint.plan import LintNeeds
from pipeline.privacy.refresh.storage import Storage
from pipeline.test.mutants import Mutant
from pipeline.test.needs import Needs
from pipeline.test.odoo.databases import DatabaseLayer, Databases
from pipeline.test.plan import TestPlan
from pipeline.test.suites import Suite
from pipeline.test.units import Unit

#: Whoever takes one of these asks a machine, or changes it.
_REACH = {"host", "registry", "api", "server"}
EVERY = functions()
_PRINTED = [
    Unit,
    Mutant,
    Suite,
    TestPlan,
    Needs,
    DatabaseLayer,
    Databases,
    LintNeeds,
    ToolEnvironment,
    Storage,
]
CLI = Path(__file__).parents[4] / "scripts/pipeline/cli"


def test_the_root_reads_like_a_table_of_contents() -> None:
    """`dagger functions` fits on a screen."""
    assert len(objects()[ROOT_OBJECT]) <= 22
    words = {"uat deploy", "prod deploy", "prod status", "uat backup list", "uat refresh run"}
    words |= {"image publish", "odoo-sh deploy", "release create", "ci", "lint", "build"}
    assert words <= set(EVERY)


@pytest.mark.parametrize(("path", "function"), EVERY.items(), ids=list(EVERY))
def test_no_function_has_more_than_ten_parameters(path: str, function: Function) -> None:
    assert len(function.options) <= 10, path


@pytest.mark.parametrize(("path", "function"), EVERY.items(), ids=list(EVERY))
def test_a_source_is_given_once(path: str, function: Function) -> None:
    """By the first word: `init-project` adds `--source .` there, and nowhere else."""
    assert ("source" in function.options) is (" " not in path)


@pytest.mark.parametrize(("path", "function"), EVERY.items(), ids=list(EVERY))
def test_nothing_is_kept_of_what_reaches_a_machine(path: str, function: Function) -> None:
    first = EVERY[path.split()[0]]
    reaches = bool(_REACH & set(first.options)) and path != "release versions"
    assert (function.kept == "never") is reaches, path


def test_what_returns_though_steps_failed_is_not_kept_for_days() -> None:
    assert {path for path, function in EVERY.items() if function.kept == "session"} == {
        *("baseline", "init-project", "merge-reports", "mutants", "report"),
    }
    assert EVERY["ci"].kept == "days"


def commands() -> Iterator[str]:
    """The words of each command that the module runs, in a container or on a VM."""
    nouns = {folder.name.replace("_", "-") for folder in CLI.iterdir() if folder.is_dir()}
    for path, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, (ast.List, ast.Call)):
                continue
            given = node.elts if isinstance(node, ast.List) else node.args
            words = [str(getattr(one, "value", "")) for one in given]
            own = [*takewhile(lambda word: re.fullmatch("[a-z-]+", word), words)]
            if path.stem in ("environment", "backups") and ast.unparse(node).startswith(
                "self._run"
            ):
                yield " ".join(["environment", *own])
            for noun, verb in pairwise(words):
                if noun in nouns and re.fullmatch("[a-z][a-z-]+", verb):
                    yield f"{noun} {verb}"


def test_every_command_that_the_module_runs_is_one_of_the_command_line() -> None:
    words = sorted(set(commands()))
    assert {"check lint", "test addon", "image publish", "environment backup list"} <= set(words)
    files = {one: CLI / f"{one.replace(' ', '/').replace('-', '_')}.py" for one in words}
    assert [one for one, file in files.items() if not file.is_file()] == []


def test_no_directory_is_of_a_functions_own_disk() -> None:
    """That disk is gone when the function has ended; what it returned is asked for later."""
    for path, _ in trees():
        assert "current_module" not in path.read_text(encoding="utf-8"), path.name


def test_what_is_ignored_is_a_list_as_it_stands() -> None:
    """Dagger 0.21.0 reads no other, and says nothing: it would send all of .venv to the engine."""
    found = 0
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Ignore":
                found += 1
                assert all(isinstance(argument, ast.List) for argument in node.args), path.name
    assert found >= 3


@pytest.mark.parametrize("kind", _PRINTED)
def test_the_module_knows_what_the_package_prints(kind: type) -> None:
    """The module imports nothing of the package: what it reads is written down there once more."""
    path = Path(__file__).parents[4] / "ci/src/odoo_mta/engine/plan.py"
    known = {
        node.name: {field.target.id for field in node.body if isinstance(field, ast.AnnAssign)}
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    known["Mutant"] |= known["Unit"]
    assert known[kind.__name__] == {field.name for field in fields(kind)}
