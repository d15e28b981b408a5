"""Programs that stand in a text of a test, for another process or a VM: what they import is there.

Such a text is read by no linter and, where it needs a VM, run by few.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
_IMPORT = re.compile(r"^(?:from (pipeline[\w.]*) import ([\w, ]+)|import (pipeline[\w.]*))$", re.M)


def _programs() -> Iterator[tuple[str, str]]:
    """Where a text stands, and a line of it that imports of the pipeline."""
    for place in ("tests", "benchmarks"):
        for path in sorted((ROOT / place).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    for found in _IMPORT.finditer(node.value):
                        yield str(path.relative_to(ROOT)), found[0]


@pytest.mark.parametrize(("path", "line"), sorted(set(_programs())))
def test_what_a_program_imports_is_there(path: str, line: str) -> None:
    found = _IMPORT.fullmatch(line)
    assert found
    module = importlib.import_module(found[1] or found[3])
    for name in (found[2] or "").replace(" ", "").split(","):
        if name and not hasattr(module, name):
            importlib.import_module(f"{found[1]}.{name}")
