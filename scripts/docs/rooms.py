"""Draw the rooms of scripts/pipeline in docs/architecture.md, from contracts and imports."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import grimp

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
PAGE = ROOT / "docs" / "architecture.md"


def layers(contract: dict[str, Any]) -> list[list[str]]:
    """The layers of a contract, highest first, each a list of rooms.

    The format is import-linter's: https://import-linter.readthedocs.io (Layers).
    """
    rows = [[name.strip() for name in row.split("|")] for row in contract["layers"]]
    return [[name for name in row if name] for row in rows]


def describe(module: str) -> str:
    """First sentence of a room's docstring."""
    path = SCRIPTS.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ").replace("``", "`").rstrip(".")


def arrows(graph: grimp.ImportGraph, container: str, rooms: list[str]) -> list[tuple[str, str]]:
    """Which rooms import which, today."""
    inside = {
        room: graph.find_descendants(f"{container}.{room}") | {f"{container}.{room}"}
        for room in rooms
    }
    return [
        (a, b)
        for a in rooms
        for b in rooms
        if a != b
        and any(graph.find_modules_directly_imported_by(module) & inside[b] for module in inside[a])
    ]


def drawing(graph: grimp.ImportGraph, contract: dict[str, Any]) -> list[str]:
    """One contract as a mermaid flowchart: a row a layer, an arrow for each import."""
    container, rows = contract["containers"][0], layers(contract)
    base = rows[-1][0] if len(rows[-1]) == 1 else ""
    lines = ["```mermaid", "flowchart TB"]
    for number, row in enumerate(rows):
        lines.append(f'    subgraph layer{number}[" "]')
        lines += [f'        {name}["{name}"]' for name in row]
        lines.append("    end")
    every = [name for row in rows for name in row]
    for a, b in arrows(graph, container, every):
        if b != base:  # every room stands on it: no arrow says more
            lines.append(f"    {a} --> {b}")
    for number in range(len(rows) - 1):
        lines.append(f"    layer{number} ~~~ layer{number + 1}")
    return [*lines, "```"]


def table(contract: dict[str, Any]) -> list[str]:
    """The rooms of one contract, highest layer first, with what each is for."""
    container = contract["containers"][0]
    lines = ["| room | what is there |", "|---|---|"]
    for row in layers(contract):
        lines += [f"| `{name}` | {describe(f'{container}.{name}')} |" for name in row]
    return lines


def page() -> str:
    """The whole page, with the drawing as the code is now."""
    sys.path.insert(0, str(SCRIPTS))
    from docs.region import replaced

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = {row["id"]: row for row in contracts["tool"]["importlinter"]["contracts"]}
    graph = grimp.build_graph("pipeline", cache_dir=None)
    lines = drawing(graph, listed["stages"])
    lines += ["", "Below `cli`, every room stands on `core`; those arrows are left out.", ""]
    lines += table(listed["stages"])
    lines += ["", "Inside `environment`, and inside the core:", "", *table(listed["environment"])]
    lines += ["", *table(listed["core"])]
    return replaced(PAGE, "rooms", lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
