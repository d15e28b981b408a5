"""Files for another filestore: asked for by somebody who reads no answer meanwhile, and stored
without being in memory."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from pipeline.core.sent import script
from pipeline.environment.host import inside


def answer(name: str, folder: Path, data: bytes) -> tuple[int, bytes, str]:
    """What a program prints that is sent everything first: exit code, output, errors."""
    command = [sys.executable, "-c", script(inside, name), str(folder)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1) as program:
        assert program.stdin and program.stdout and program.stderr
        program.stdin.write(data)
        program.stdin.close()
        out, errors = program.stdout.read(), program.stderr.read().decode()
    return program.returncode, out, errors


def stored(folder: Path, content: bytes) -> str:
    """A file of a filestore; its name."""
    digest = hashlib.sha1(content).hexdigest()
    path = folder / digest[:2] / digest
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return f"{digest[:2]}/{digest}"


def tar(*files: tuple[str, bytes]) -> bytes:
    """A tar stream."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def test_all_names_can_be_sent_before_the_answer_is_read(tmp_path: Path) -> None:
    """A pipe has room for 64 kB, a channel of SSH for 2 MB."""
    there = stored(tmp_path, b"there")
    lost = [f"{number % 256:02x}/{number:040x}" for number in range(5000)]
    names = "\n".join([*lost[:9], there, "", *lost[9:]]).encode()
    code, out, _ = answer("missing_files", tmp_path, names)
    assert code == 0 and out.decode().split() == lost


def test_files_are_sent_when_all_names_have_arrived(tmp_path: Path) -> None:
    names = [stored(tmp_path, b"%d" % number * 999) for number in range(99)]
    lost = [f"ff/{number:040x}" for number in range(5000)]
    code, out, _ = answer("send_files", tmp_path, "\n".join([*names, *lost]).encode())
    with tarfile.open(fileobj=io.BytesIO(out)) as archive:
        assert code == 0 and archive.getnames() == names

    code, out, _ = answer("receive_files", tmp_path / "other", out)
    assert (code, out) == (0, b"99\n")
    assert sum(path.is_file() for path in (tmp_path / "other").rglob("*")) == 99


@pytest.mark.parametrize(
    "name", ["00/" + "0" * 40, "../outside", "/tmp/outside", "0/1", f"{'0' * 40}", "00/" + "A" * 40]
)
def test_nothing_is_stored_under_a_name_that_is_not_its_content(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    code, out, errors = answer("receive_files", folder, tar((name, b"content")))
    assert code == 1 and out == b"" and name in errors
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_right_file_replaces_a_damaged_one(tmp_path: Path) -> None:
    name = stored(tmp_path, b"content")
    (tmp_path / name).write_bytes(b"damaged")
    assert answer("receive_files", tmp_path, tar((name, b"content")))[:2] == (0, b"1\n")
    assert (tmp_path / name).read_bytes() == b"content"
