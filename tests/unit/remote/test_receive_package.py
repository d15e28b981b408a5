"""What a VM does with packages that clients of several versions bring, also at once."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.core import versions
from pipeline.core.sent import script
from pipeline.environment.machine.units import PACKAGE, command_file
from pipeline.remote import package, sent

SCRIPT = script(sent, "receive_package")


def made(version: str, built: int = 0, text: str = "") -> bytes:
    """A package that prints its version, after as long as it is told to wait."""
    stream = io.BytesIO()
    code = f"import sys, time; print({version!r}, {text!r}, flush=True); sys.stdin.read()"
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py"), code)
        comment = {"version": versions.sorting_key(version), "built": built}
        archive.comment = json.dumps(comment).encode()
    return stream.getvalue()


def name_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def command(content: bytes) -> list[str]:
    return [sys.executable, "-I", "-c", SCRIPT, name_of(content)]


class Vm:
    """A home directory on a VM."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {"HOME": str(home), "PATH": os.environ["PATH"]}

    def call(self, content: bytes, sent: bytes) -> dict[str, Any]:
        done = subprocess.run(
            command(content), input=sent, capture_output=True, env=self.environment, timeout=60
        )
        assert done.returncode == 0, done.stderr.decode()
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    def client(self, content: bytes) -> None:
        """A client that looks, and brings what is not there."""
        if not self.call(content, b"")["there"]:
            assert self.call(content, content)["there"]

    def current(self) -> str:
        """What the command `pipeline` is."""
        file = self.home / "pipeline"
        file.write_text(command_file(self.home).replace("exec python3", f"exec {sys.executable}"))
        done = subprocess.run(["sh", file], input=b"", capture_output=True, env=self.environment)
        return done.stdout.decode().split()[0]

    def packages(self) -> list[str]:
        return sorted(path.stem for path in (self.home / PACKAGE).parent.glob("*.pyz"))


@pytest.fixture
def vm(tmp_path: Path) -> Vm:
    return Vm(tmp_path)


def test_two_clients_of_different_versions_take_turns(vm: Vm) -> None:
    old, new = made("0.9.0"), made("0.10.0")
    for content, wanted in ((old, "0.9.0"), (new, "0.10.0"), (old, "0.10.0"), (new, "0.10.0")):
        vm.client(content)
        assert vm.current() == wanted


@pytest.mark.parametrize("first", ["1.0.0-rc.1", "1.0.0-rc.9", "0.99.0"])
def test_an_older_version_that_comes_for_the_first_time(vm: Vm, first: str) -> None:
    vm.client(made("1.0.0"))
    vm.client(made(first))
    assert vm.current() == "1.0.0"


def test_of_one_version_the_newer_build(vm: Vm) -> None:
    vm.client(made("1.0.0", 2000, "new"))
    vm.client(made("1.0.0", 1000, "old"))
    assert os.readlink(vm.home / PACKAGE) == f"{name_of(made('1.0.0', 2000, 'new'))}.pyz"
    vm.client(made("1.0.0", 3000, "newest"))
    assert os.readlink(vm.home / PACKAGE) == f"{name_of(made('1.0.0', 3000, 'newest'))}.pyz"


def test_where_no_build_is_known_the_one_that_came_last_for_the_first_time(vm: Vm) -> None:
    one, other = made("1.0.0", text="one"), made("1.0.0", text="other")
    for content in (one, other, one, one):
        vm.client(content)
    assert os.readlink(vm.home / PACKAGE) == f"{name_of(other)}.pyz"


def test_a_package_from_before_there_was_an_order(vm: Vm) -> None:
    folder = (vm.home / PACKAGE).parent
    folder.mkdir(parents=True)
    (folder / "old.pyz").write_bytes(b"not even a zip file")
    (vm.home / PACKAGE).symlink_to("old.pyz")
    vm.client(made("0.0.1"))
    assert vm.current() == "0.0.1"


def test_a_broken_link_is_recreated(vm: Vm) -> None:
    vm.client(made("1.0.0"))
    (vm.home / PACKAGE).unlink()
    (vm.home / PACKAGE).symlink_to("gone.pyz")
    vm.client(made("1.0.0"))
    assert vm.current() == "1.0.0"


def test_many_clients_at_once(vm: Vm) -> None:
    """The same package and others, all at the same moment: each finds its own, whole."""
    contents = [made("1.0.0"), made("1.0.0"), made("2.0.0"), made("1.5.0")] * 3
    running = [
        subprocess.Popen(
            command(content),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=vm.environment,
        )
        for content in contents
    ]
    for process, content in zip(running, contents):
        out, errors = process.communicate(content, timeout=60)
        assert process.returncode == 0, errors.decode()
        assert json.loads(out)["there"]
    for content in contents:
        path = Path(vm.call(content, b"")["path"])
        assert path.read_bytes().startswith(content[: content.index(b"PK\x01\x02")])
    vm.client(made("2.0.0"))
    assert vm.current() == "2.0.0"
    assert [name for name in os.listdir((vm.home / PACKAGE).parent) if ".pyz." in name] == []


def test_a_package_that_runs_stays_and_leftovers_go(vm: Vm) -> None:
    first = made("0.1.0")
    vm.client(first)
    path = vm.call(first, b"")["path"]
    with subprocess.Popen(
        [sys.executable, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as job:
        assert job.stdout and job.stdin
        assert job.stdout.readline().startswith(b"0.1.0")
        torn = Path(f"{path}.4711")
        torn.write_bytes(b"x")
        os.utime(torn, (1, 1))
        os.utime(path, (1, 1))
        for number in range(8):
            vm.client(made(f"1.{number}.0"))
        assert Path(path).exists()
        assert not torn.exists()
        assert len(vm.packages()) == 5 + 1 + 1  # and the link
        job.stdin.close()
    time.sleep(0.1)
    vm.client(made("2.0.0"))
    assert not Path(path).exists()


def test_python_compiles_it_once_and_another_python_reads_the_source(vm: Vm) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.comment = json.dumps(
            {"version": versions.sorting_key("1.0.0"), "built": 7}
        ).encode()
        archive.writestr("__main__.py", "import part")
        archive.writestr("part.py", "print(__spec__.origin, (lambda: 0).__code__.co_filename)")
        archive.writestr("of_tomorrow.py", "a b c")
    content = stream.getvalue()
    path = Path(vm.call(content, content)["path"])
    with zipfile.ZipFile(path) as archive:
        names, comment = archive.namelist(), json.loads(archive.comment)
        code = archive.read("part.pyc")
    assert names[-2:] == ["__main__.pyc", "part.pyc"] and comment["built"] == 7
    run = [sys.executable, "-I", str(path)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == [f"{path}/part.pyc", f"{path}/part.py"], done.stderr
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__main__.py", "import part")
        archive.writestr("part.py", "print(__spec__.origin)")
        archive.writestr("part.pyc", b"\0\0\r\n" + code[4:])
    done = subprocess.run(run, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == f"{path}/part.py", done.stderr


def test_what_arrives_damaged_is_refused(vm: Vm) -> None:
    content = made("1.0.0")
    done = subprocess.run(
        command(content), input=content[:-1], capture_output=True, env=vm.environment
    )
    assert b"damaged" in done.stderr
    assert vm.packages() == []


def test_a_real_package_says_its_version_and_its_commits_time() -> None:
    with zipfile.ZipFile(io.BytesIO(package.build())) as archive:
        said = json.loads(archive.comment)
    assert said["version"] == json.loads(json.dumps(versions.sorting_key(package.__version__)))
    assert said["built"] == 0 or said["built"] > 1_700_000_000
