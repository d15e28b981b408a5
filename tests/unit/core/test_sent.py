"""Scripts that run where this package is not."""

from __future__ import annotations

import ast
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core.errors import ToolError
from pipeline.core.sent import script
from pipeline.environment.host import inside
from pipeline.remote import sent

SCRIPTS = [
    (folder, path.stem)
    for folder in (sent, inside)
    for path in sorted(Path(folder.__file__).parent.glob("*.py"))
    if path.stem != "__init__"
]


@pytest.mark.parametrize(("folder", "name"), SCRIPTS)
def test_each_needs_the_standard_library_alone(folder, name) -> None:
    for node in ast.walk(ast.parse(script(folder, name))):
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {(node.module or ".").split(".")[0]}
        else:
            continue
        assert names <= sys.stdlib_module_names | {"odoo"}


def test_one_that_is_not_there() -> None:
    with pytest.raises((ToolError, FileNotFoundError)):
        script(sent, "nothing")


def run(name: str, *arguments: str, given: bytes) -> bytes:
    argv = [sys.executable, "-I", "-c", script(sent, name), *arguments]
    return subprocess.run(argv, input=given, capture_output=True, check=True).stdout


def test_a_dump_arrives_alone_and_private(tmp_path) -> None:
    home = tmp_path / "refresh"
    home.mkdir(mode=0o755)
    content = bytes(range(256)) * 4096
    said = run("receive_dump", str(home), "new.dump", given=content)
    assert said.decode().strip() == hashlib.sha256(content).hexdigest()
    assert [path.name for path in home.iterdir()] == ["new.dump"]
    assert (home.stat().st_mode & 0o777, (home / "new.dump").stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )


def test_lines_are_added(tmp_path) -> None:
    path = tmp_path / "new" / "list"
    for line in (b"one\n", b"two\n"):
        run("add_lines", str(path), given=line)
    assert path.read_bytes() == b"one\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o600
