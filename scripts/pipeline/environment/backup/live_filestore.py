"""The filestore of a running environment: read and written where it is, in a container of Odoo."""

from __future__ import annotations

import hashlib
import re
import tarfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.core import files
from pipeline.core.errors import ToolError
from pipeline.core.process import Program
from pipeline.core.sent import script
from pipeline.core.settings.environments import Environment
from pipeline.environment.host import docker, inside
from pipeline.environment.host.host import Host
from pipeline.environment.machine import preflight

#: The files that a database needs.
NAMES = "SELECT DISTINCT store_fname AS name FROM ir_attachment WHERE store_fname IS NOT NULL"
#: A file name in Odoo's filestore. Names come from a database: nothing else may become a path.
NAME = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{38})")


def directory_of(environment: Environment) -> str:
    """The filestore's path in an Odoo container."""
    return f"{docker.DATA}/filestore/{environment.database}"


def fetch(
    host: Host, names: Sequence[str], target: Path, container: str
) -> tuple[list[str], list[str]]:
    """Copy live files to a folder; returns the copied names, and those whose live file does not
    have the content that its name states. Raises ToolError when they cannot be read."""
    if not names:
        return [], []
    fetched: list[str] = []
    damaged: list[str] = []
    with host.talk(reader(host, container, "send_files")) as program:
        assert program.stdout
        with feeding(program, ("".join(f"{name}\n" for name in names).encode(),)):
            with tarfile.open(fileobj=program.stdout, mode="r|") as archive:
                for entry in archive:
                    content = archive.extractfile(entry)
                    assert content
                    if not NAME.fullmatch(entry.name):
                        raise ToolError(f"{entry.name} is not a filestore file", "try again")
                    good = _store(content.read(), target / entry.name)
                    (fetched if good else damaged).append(entry.name)
    return fetched, damaged


def _store(content: bytes, path: Path) -> bool:
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != path.name:
        return False
    with files.create(path) as file:
        file.write(content)
    return True


def restore(host: Host, source: Path, names: Iterable[str], container: str, image: str) -> int:
    """Copy files of a backup back into the live filestore; returns how many were copied.

    Intact live files stay; nothing is ever removed from the live filestore.
    """
    wanted = sorted(names)
    there = whole(host, wanted, container, image)
    todo = [name for name in wanted if name not in there]
    if todo:
        with host.talk(reader(host, container, "receive_files"), image=image) as program:
            assert program.stdin
            with tarfile.open(fileobj=program.stdin, mode="w|", format=tarfile.GNU_FORMAT) as out:
                for name in todo:
                    out.add(source / name, name, recursive=False)
    return len(todo)


def whole(host: Host, names: Sequence[str], container: str, image: str = "") -> set[str]:
    """The names whose file exists in the live filestore with the right content."""
    if not names:
        return set()
    with host.talk(reader(host, container, "whole_files"), image=image) as program:
        assert program.stdout
        with feeding(program, ("".join(f"{name}\n" for name in names).encode(),)):
            return set(program.stdout.read().decode().split())


def reader(host: Host, container: str, program: str) -> docker.Argv:
    """The command that runs a script next to the filestore: in a web container, or in a new one."""
    command = ("python3", "-c", script(inside, program), directory_of(host.environment))
    service, seconds = host.environment.web_service, preflight.data_seconds(host)
    if running := host.containers(service):
        return docker.execute(running[0], command, seconds=seconds)
    return docker.one_off(service, container, command[:1], command[1:], seconds)


@contextmanager
def feeding(program: Program, chunks: Iterable[bytes]) -> Iterator[None]:
    """Write a program's input while the block reads its output: neither waits for the other."""

    def feed() -> None:
        assert program.stdin
        with suppress(OSError):  # it ended: its exit code tells why
            for chunk in chunks:
                program.stdin.write(chunk)
            program.stdin.close()

    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    yield
    thread.join()
