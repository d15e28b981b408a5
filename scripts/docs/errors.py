"""Write docs/errors.md: every error that the code can raise, read from the code itself."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "scripts" / "pipeline"
PAGE = ROOT / "docs" / "errors.md"

HEAD = """# Errors

Every error of `pipeline …` with a message of its own, as the code has it: ‹name› stands for what
it names in your case. Written by `make docs`; a test compares it with the code. The codes are those
of [exit codes](exit-codes.md). Problems that need more than a line have
a page of their own: [troubleshooting](troubleshooting.md).
"""


def text(node: ast.expr) -> str:
    """An expression that makes a message, with names in place of values; empty: no text in it."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text(part) for part in node.values)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "typed":
        environment, command, *options = (text(word) or f"‹{named(word)}›" for word in node.args)
        words = ["pipeline environment", command, "--environment", environment, *options]
        return " ".join(words)
    if isinstance(node, ast.FormattedValue):
        return f"‹{named(node.value)}›"
    if isinstance(node, ast.BinOp):
        return text(node.left) + text(node.right)
    return ""


def named(node: ast.expr) -> str:
    """A short name for a value."""
    if isinstance(node, ast.Name):
        return node.id.strip("_").replace("_", " ").lower()
    if isinstance(node, ast.Attribute):
        return node.attr.replace("_", " ").lower()
    if isinstance(node, ast.Subscript):
        return named(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        return named(node.func.value)
    return "…"


def escaped(words: str) -> str:
    """A text for a cell of a table: one line, nothing that ends the cell."""
    return " ".join(words.split()).replace("|", "\\|").replace("__", "\\_\\_")


def kinds(trees: list[ast.Module]) -> dict[str, int]:
    """Exit code by class of error, from the class definitions."""
    found = {"PipelineError": 70}
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for _ in classes:  # until nothing new is found, whatever their order
        for node in classes:
            base = next((b.id for b in node.bases if getattr(b, "id", "") in found), None)
            if base and node.name not in found:
                codes = [
                    line.value.value
                    for line in node.body
                    if isinstance(line, ast.Assign)
                    and getattr(line.targets[0], "id", "") == "exit_code"
                    and isinstance(line.value, ast.Constant)
                ]
                found[node.name] = int(str(codes[0])) if codes else found[base]
    return found


def page() -> str:
    """The page as it has to be."""
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))
    }
    codes = kinds(list(trees.values()))
    rows: dict[str, set[str]] = defaultdict(set)
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            kind = getattr(node.func, "id", "")
            cells = [escaped(text(argument)) for argument in node.args[:2]]
            if kind in codes and re.search("[a-z]", re.sub("‹[^›]*›", "", cells[0])):
                part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
                rows[part].add(f"| {cells[0]} | {cells[1]} | {codes[kind]} |")
    parts = [HEAD]
    for part in sorted(rows):
        parts.append(f"## {part}\n")
        parts.append("| message | what to do | code |\n|---|---|---|")
        parts.append("\n".join(sorted(rows[part], key=str.casefold)) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
