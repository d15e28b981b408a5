"""What the engine may keep of the functions of the Dagger module, read from their decorators."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "ci/src/odoo_mta"
#: Whoever takes one of these asks a machine, or changes it.
_REACH = {"host", "registry", "api"}


def kept() -> dict[str, tuple[set[str], str]]:
    """The functions: the names of the arguments, and for how long the result is kept."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for decorator in node.decorator_list:
                if ast.unparse(decorator).partition("(")[0] == "function":
                    names = {argument.arg for argument in node.args.args}
                    given = decorator.keywords if isinstance(decorator, ast.Call) else []
                    values = {one.arg: ast.literal_eval(one.value) for one in given}
                    found[node.name] = names, values.get("cache", "days")
    return found


FUNCTIONS = kept()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_nothing_is_kept_of_what_reaches_a_machine(name: str) -> None:
    names, cache = FUNCTIONS[name]
    assert (cache == "never") is bool(names & _REACH), name


def test_what_returns_though_steps_failed_is_not_kept_for_days() -> None:
    assert {name for name, (_, cache) in FUNCTIONS.items() if cache == "session"} == {
        *("baseline", "init_project", "merge_reports", "mutants", "report"),
    }
    assert FUNCTIONS["ci"][1] == "days"


def test_no_directory_is_of_a_functions_own_disk() -> None:
    """That disk is gone when the function has ended; what it returned is asked for later."""
    for path in FOLDER.glob("*.py"):
        assert "current_module" not in path.read_text(encoding="utf-8"), path.name


def test_what_is_ignored_is_a_list_as_it_stands() -> None:
    """Dagger 0.21.0 reads no other, and says nothing: it would send all of .venv to the engine."""
    found = 0
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Ignore":
                found += 1
                assert all(isinstance(argument, ast.List) for argument in node.args), path.name
    assert found >= 3
