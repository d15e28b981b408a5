"""The commands that tests and benchmarks run are in the tree: many run on VMs alone, and seldom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.cli import tree

ROOT = Path(__file__).parents[4]
#: Methods of stand-ins for a VM that run a command of `pipeline environment`.
ON_A_VM = ("pipeline", "command", "words")
#: Files of tests that ask for what is not there.
WRONG = {"test_cli.py", "test_on_vm.py", "test_step.py"}


def commands(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line and literal words of each command in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        words = []
        for one in node.args:
            if not isinstance(one, ast.Constant) or not isinstance(one.value, str):
                break
            words.append(one.value)
        match node.func:
            case ast.Attribute(attr=name) if name in ON_A_VM:
                first: tuple[str, ...] = ("environment",)
            case ast.Attribute(value=ast.Name(id="stage"), attr="client"):
                first = ("remote",)
            case ast.Name(id="run_pipeline"):
                first = ()
            case _:
                continue
        if words:
            yield node.lineno, (*first, *words)


FILES = [
    path
    for folder in ("tests", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.name not in WRONG and any(commands(path))
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_command_that_a_test_runs_is_in_the_tree(path: Path) -> None:
    wrong = []
    for line, words in commands(path):
        name, found = tree.find(words)
        whole = len(name) < len(words) or not words[-1].startswith("-")
        if found is None or whole and isinstance(found, tree.CommandGroup) and len(name) > 1:
            wrong.append(f"{path.name}:{line}: pipeline {' '.join(words)}")
    assert wrong == []


def test_many_are_looked_at() -> None:
    assert len(FILES) > 15
    assert sum(len(list(commands(path))) for path in FILES) > 150
