"""A manifest as text: the line of each key and of each listed value."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core.addons.discovery import AddOn, syntax
from pipeline.core.results import Finding


@dataclass(frozen=True)
class ManifestSource:
    """A readable manifest and the lines of its parts.

    Attributes:
        addon: the add-on that it describes.
        lines: line of each key.
        value_lines: line of each string below a key, the first one where it is repeated.
        repeated: keys that the dict holds more than once, with the line of the later one.
    """

    addon: AddOn
    lines: dict[str, int]
    value_lines: dict[tuple[str, str], int]
    repeated: tuple[tuple[str, int], ...] = ()

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest's content."""
        return self.addon.manifest

    def line(self, key: str, value: str | None = None) -> int:
        """Line of a value below a key, else of the key, else 1."""
        if value is not None and (key, value) in self.value_lines:
            return self.value_lines[key, value]
        return self.lines.get(key, 1)

    def finding(
        self, key: str, code: str, message: str, fix: str = "", value: str | None = None
    ) -> Finding:
        """A finding at a key or at a value below it."""
        return Finding(self.addon.manifest_path, self.line(key, value), code, message, fix)


def read_source(root: Path, addon: AddOn) -> ManifestSource:
    """Locate the parts of a readable manifest: one of an add-on without a ``problem``."""
    tree = syntax((root / addon.manifest_path).read_text(encoding="utf-8")).body
    assert isinstance(tree, ast.Dict), addon.manifest_path
    lines: dict[str, int] = {}
    value_lines: dict[tuple[str, str], int] = {}
    repeated = []
    for key_node, value_node in zip(tree.keys, tree.values, strict=True):
        if not isinstance(key_node, ast.Constant):
            continue
        key = str(key_node.value)
        if key in lines:
            repeated.append((key, key_node.lineno))
        lines[key] = key_node.lineno
        for node in ast.walk(value_node):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                value_lines.setdefault((key, node.value), node.lineno)
    return ManifestSource(addon, lines, value_lines, tuple(repeated))
