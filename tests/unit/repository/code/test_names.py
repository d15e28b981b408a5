"""What is named once can be talked about: no two things that are used by name share one."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[4]
PACKAGE = ROOT / "scripts" / "pipeline"
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    ): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}


def defined(module: str, *kinds: type[ast.stmt]) -> set[str]:
    """What a module defines at its top level."""
    return {node.name for node in MODULES[module].body if isinstance(node, kinds)}  # type: ignore


def test_no_two_classes_have_one_name() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for module in MODULES:
        for name in defined(module, ast.ClassDef):
            if not name.startswith("_"):
                found[name].append(module)
    assert {name: where for name, where in found.items() if len(where) > 1} == {}


def test_no_two_functions_are_imported_under_one_name() -> None:
    """`read(…)` says what it reads only with its module: `journal.read(…)`. What is called by its
    name alone has one of its own: `read_plan(…)`."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found: dict[str, set[str]] = defaultdict(set)
    for tree in MODULES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in MODULES:
                for alias in node.names:
                    if alias.name in defined(node.module, *functions):
                        found[alias.name].add(node.module)
    found.pop("request")  # what a kind of run takes; whoever imports it knows one kind
    assert {name: where for name, where in found.items() if len(where) > 1} == {}
