"""The one way in which files are written: whole or not at all."""

from __future__ import annotations

import ast
import os
import stat
import threading
from pathlib import Path

import pytest

from pipeline.core import files

PACKAGE = Path(files.__file__).parents[1]
#: What is sent to where this package is not has its own.
SENT = (PACKAGE / "remote/sent", PACKAGE / "environment/host/inside")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o022, 0o002, 0o077])
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_what_holds_data_is_private_whatever_the_umask(tmp_path, umask) -> None:
    files.write(tmp_path / "new", "text\r\n")
    assert mode(tmp_path / "new") == 0o600
    assert (tmp_path / "new").read_bytes() == b"text\r\n"


def test_what_belongs_to_a_project_is_as_any_program_would_write_it(tmp_path, umask) -> None:
    files.write(tmp_path / "new", b"\xff", mode=None)
    assert mode(tmp_path / "new") == 0o666 & ~umask
    assert (tmp_path / "new").read_bytes() == b"\xff"
    (tmp_path / "new").chmod(0o640)
    files.write(tmp_path / "new", "other", mode=None)
    assert mode(tmp_path / "new") == 0o640


def test_a_link_to_a_file_stays_one(tmp_path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    files.write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"


def test_many_who_write_the_same_file_at_the_same_moment(tmp_path) -> None:
    contents = {str(number) * 200_000 for number in range(8)}
    failed: list[BaseException] = []

    def write(content: str) -> None:
        try:
            for _ in range(5):
                files.write(tmp_path / "shared", content, together=True)
                assert (tmp_path / "shared").read_text() in contents
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert [path.name for path in tmp_path.iterdir()] == ["shared"]


def test_nothing_else_replaces_files() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path.parent in SENT or path == Path(files.__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                name = f"{node.value.id}.{node.attr}"
                assert name not in ("os.replace", "os.rename", "shutil.move"), f"{path}: {name}"
