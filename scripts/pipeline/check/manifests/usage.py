"""Missing dependencies: an add-on of this repository is used, but not depended on."""

from __future__ import annotations

import ast
import csv
import re
import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from pipeline.core.addons.discovery import AddOn
from pipeline.core.results import Finding

_XML_ID = r"[A-Za-z_]\w*\.[\w.-]+"
#: Attributes that hold external ids, some of them several, separated by commas.
_ID_ATTRIBUTES = ("ref", "inherit_id", "parent", "action", "groups", "t-call")
#: Elements whose own ``id`` may name a record of another module.
_RECORDS = ("record", "template", "menuitem")
#: External ids inside expressions and texts: ref('a.b'), %(a.b)d.
_IN_EXPRESSION = re.compile(rf"\bref\(\s*['\"]({_XML_ID})['\"]|%\(({_XML_ID})\)[ds]")
_PLAIN_ID = re.compile(rf"!?({_XML_ID})")


@dataclass(frozen=True, order=True)
class Use:
    """Where an add-on uses a module.

    Attributes:
        path: file, relative to the add-on.
        line: line in it.
        module: module that is used.
        how: what is written there.
    """

    path: str
    line: int
    module: str
    how: str


def check_usage(
    addon: AddOn, uses: Iterable[Use], allowed: Collection[str], repository: Collection[str]
) -> Iterator[Finding]:
    """Yield, for each file and module, the first use of an add-on that is not depended on.

    Args:
        addon: the add-on that uses.
        uses: what it uses.
        allowed: everything it depends on, directly or not.
        repository: names of the repository's add-ons; what others depend on is unknown.
    """
    seen = set()
    for use in sorted(uses):
        if use.module == addon.name or use.module in allowed or use.module not in repository:
            continue
        if (use.path, use.module) not in seen:
            seen.add((use.path, use.module))
            yield Finding(
                f"{addon.path}/{use.path}" if addon.path != "." else use.path,
                use.line,
                "depends-lie",
                f"{addon.name} uses {use.module} ({use.how}), but does not depend on it",
                f"add {use.module} to `depends` in {addon.manifest_path}",
            )


def uses_of(folder: Path, files: Iterable[str], loaded: Collection[str]) -> Iterator[Use]:
    """Yield what the Python files, and the data files that Odoo loads, use.

    Args:
        folder: the add-on's folder.
        files: its files, relative to it.
        loaded: those that the manifest lists as data or demo.
    """
    for file in files:
        if file.endswith(".py"):
            yield from python_uses(file, (folder / file).read_bytes())
        elif file in loaded and file.endswith(".xml"):
            yield from xml_uses(file, (folder / file).read_bytes())
        elif file in loaded and file.endswith(".csv"):
            yield from csv_uses(file, (folder / file).read_text("utf-8", "replace"))


def python_uses(path: str, source: bytes) -> Iterator[Use]:
    """Yield the add-ons that Python code imports unconditionally.

    A file that does not parse yields nothing: the linters report it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in _hard_nodes(tree):
        for name in _imported(node):
            parts = name.split(".")
            if parts[:2] == ["odoo", "addons"] and len(parts) > 2:
                yield Use(path, getattr(node, "lineno", 1), parts[2], f"import of {name}")


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        if node.module == "odoo.addons":
            yield from (f"odoo.addons.{alias.name}" for alias in node.names)
        else:
            yield node.module or ""


def _hard_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Every node but those below ``if TYPE_CHECKING`` or a try that catches a failed import."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Try) and any(_catches_import(part) for part in child.handlers):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _hard_nodes(child)


def _catches_import(handler: ast.ExceptHandler) -> bool:
    caught = ast.dump(handler.type) if handler.type else "Exception"
    names = ("ImportError", "ModuleNotFoundError", "'Exception'")
    return handler.type is None or any(name in caught for name in names)


def xml_uses(path: str, source: bytes) -> Iterator[Use]:
    """Yield the modules whose external ids a data file names. Invalid XML ends the search."""
    found: list[Use] = []
    chunks: list[tuple[int, str]] = []  # text between two tags, in pieces
    parser = expat.ParserCreate()

    def add(external_id: str, line: int) -> None:
        module = external_id.partition(".")[0]
        found.append(Use(path, line, module, f"external id {external_id}"))

    def search(text: str, line: int) -> None:
        for match in _IN_EXPRESSION.finditer(text):
            add(match[1] or match[2], line + text.count("\n", 0, match.start()))

    def start(tag: str, attributes: dict[str, str]) -> None:
        end(tag)
        line = parser.CurrentLineNumber
        for attribute, value in attributes.items():
            if attribute in _ID_ATTRIBUTES or (attribute == "id" and tag in _RECORDS):
                for part in value.split(","):
                    if match := _PLAIN_ID.fullmatch(part.strip()):
                        add(match[1], line)
            search(value, line)

    def end(tag: str) -> None:
        if chunks:
            search("".join(text for _, text in chunks), chunks[0][0])
            chunks.clear()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: chunks.append((parser.CurrentLineNumber, text))
    try:
        parser.Parse(source, True)
    except (expat.ExpatError, ValueError):
        pass  # Odoo's own tests and the linters report it
    yield from found


def csv_uses(path: str, text: str) -> Iterator[Use]:
    """Yield the modules whose external ids a CSV file names, in the columns that hold ids."""
    rows = csv.reader(text.splitlines(keepends=True))
    try:
        header = next(rows, [])
        columns = [at for at, name in enumerate(header) if _is_id_column(name)]
        for row in rows:
            for at in columns:
                for part in row[at].split(",") if at < len(row) else ():
                    if match := _PLAIN_ID.fullmatch(part.strip()):
                        module = match[1].partition(".")[0]
                        yield Use(path, rows.line_num, module, f"external id {match[1]}")
    except csv.Error:
        return


def _is_id_column(name: str) -> bool:
    return name == "id" or name.endswith((":id", "/id"))
