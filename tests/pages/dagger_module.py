"""The functions of the Dagger module, read from its sources: importing it would need Dagger."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "ci/src/odoo_mta"
ROOT_OBJECT = "OdooMta"
#: What is called of a directory, a file or a container that a function returned.
_OF_DAGGER = {"as-tarball", "contents", "export", "stdout", "terminal", "with-exec"}


@dataclass(frozen=True)
class Function:
    """A function: options and whether each must be given, what it returns, how long it is kept."""

    name: str
    options: dict[str, bool]
    returns: str
    kept: str


@dataclass(frozen=True)
class Call:
    """One function of a `dagger call`, and the words that follow it up to the next one."""

    path: str
    function: Function
    words: tuple[str, ...]

    @property
    def given(self) -> set[str]:
        """The options among its words."""
        return {word[2:].split("=")[0] for word in self.words if word.startswith("--")}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """Every file of the module, parsed."""
    for path in sorted(FOLDER.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


@cache
def objects() -> dict[str, dict[str, Function]]:
    """The classes of the module that have functions, each with its own and its bases' ones."""
    classes = {
        node.name: node
        for _, tree in trees()
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }

    def functions(name: str) -> dict[str, Function]:
        found: dict[str, Function] = {}
        for base in classes[name].bases:
            if ast.unparse(base) in classes:
                found |= functions(ast.unparse(base))
        for node in classes[name].body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for mark in node.decorator_list:
                    if ast.unparse(mark).partition("(")[0] == "function":
                        made = _function(node, mark)
                        found[made.name] = made
        return found

    return {name: found for name in classes if (found := functions(name))}


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, mark: ast.expr) -> Function:
    given = mark.keywords if isinstance(mark, ast.Call) else []
    kept = {one.arg: ast.literal_eval(one.value) for one in given}.get("cache", "days")
    arguments = node.args.args[1:]
    required = len(arguments) - len(node.args.defaults)
    # A directory with a default path need not be given.
    by_itself = {"Source", "Templates"}
    options = {
        argument.arg.replace("_", "-"): number < required
        and ast.unparse(argument.annotation or ast.Constant(None)) not in by_itself
        for number, argument in enumerate(arguments)
    }
    returns = ast.unparse(node.returns) if node.returns else ""
    return Function(node.name.replace("_", "-"), options, returns, kept)


def functions() -> dict[str, Function]:
    """Every function by the words that call it, such as `uat backup list`."""
    return dict(_below(ROOT_OBJECT, ()))


@cache
def constructor_options() -> frozenset[str]:
    """What is given before the first function, such as `--netrc`."""
    return frozenset(
        node.target.id.replace("_", "-")
        for _, tree in trees()
        for made in tree.body
        if isinstance(made, ast.ClassDef) and made.name == ROOT_OBJECT
        for node in made.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    )


def _below(kind: str, words: tuple[str, ...]) -> Iterator[tuple[str, Function]]:
    for function in objects()[kind].values():
        yield " ".join((*words, function.name)), function
        if function.returns in objects():
            yield from _below(function.returns, (*words, function.name))


def calls(words: list[str]) -> list[Call]:
    """The functions that the words after `dagger call` call, one after the other.

    Raises:
        LookupError: there is no such function.
    """
    found: list[Call] = []
    kind, path, rest = ROOT_OBJECT, "", list(words)
    while rest and rest[0][2:].partition("=")[0] in constructor_options():
        rest.pop(0)
    while rest:
        name = rest.pop(0)
        if name not in objects()[kind]:
            raise LookupError(f"{path} {name}".strip())
        function = objects()[kind][name]
        here = f"{path} {name}".strip()
        if function.returns != "Self":
            path, kind = here, function.returns
        known = kind in objects()
        next_ones = set(objects()[kind]) if known else _OF_DAGGER
        stop = next((place for place, word in enumerate(rest) if word in next_ones), len(rest))
        own, rest = rest[:stop], rest[stop:] if known else []
        found.append(Call(here, function, tuple(own)))
    return found


def problems(words: list[str]) -> list[str]:
    """What is wrong with a call: a function or an option that is not there, one too few."""
    try:
        called = calls(words)
    except LookupError as error:
        return [f"no function {error.args[0]}"]
    found = []
    for call in called:
        options = call.function.options
        needed = {name for name, must in options.items() if must}
        found += [f"{call.path}: no option {word}" for word in sorted(call.given - set(options))]
        found += [f"{call.path}: {word} is missing" for word in sorted(needed - call.given)]
    if called[-1].function.returns in objects():
        found.append(f"{called[-1].path}: no function of it is called")
    return found
