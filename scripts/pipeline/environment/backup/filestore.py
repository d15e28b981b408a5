"""The filestore in a backup: every file that the dump names, each checked against its name.

Odoo names a file by the SHA-1 of its content, so a file never changes and one that the previous
backup has is linked to it: same content, no copying. Its bytes are read first, every time: one that
is broken there is copied from the live filestore again, so that rot in one backup stays in it.
Never is a link made to the live file, which would be one with its copy on the disk.
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pipeline.core import files
from pipeline.core.environments import Environment
from pipeline.core.errors import ToolError
from pipeline.core.files import sync_all
from pipeline.core.process import Program
from pipeline.core.sent import script
from pipeline.environment.host import docker, inside
from pipeline.environment.host.host import Host
from pipeline.environment.machine import preflight

T = TypeVar("T")
#: Files that are read at once, and how many one thread takes in a row (benchmarks/backup).
_READERS, _BATCH = 8, 32
#: What Odoo has in its filestore. Names come from a database: nothing else becomes a path.
NAMES = "SELECT DISTINCT store_fname AS name FROM ir_attachment WHERE store_fname IS NOT NULL"
_NAME = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{38})")


@dataclass(frozen=True)
class Filestore:
    """A filestore in a backup.

    Attributes:
        files: number of files.
        size: their bytes.
        linked: how many the previous backup had.
        names: SHA-256 of the sorted names, so that none can get lost.
        missing: names that the database has and this backup lacks: they were lost before it.
        rotten: names whose file in the previous backup is broken; it was not used.
        damaged: missing ones of which the live file has another content than its name says.
    """

    files: int
    size: int
    names: str
    linked: int
    missing: tuple[str, ...]
    rotten: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()


def directory_of(environment: Environment) -> str:
    """Where it is in an Odoo container."""
    return f"{docker.DATA}/filestore/{environment.database}"


def write(
    host: Host, names: Iterable[str], target: Path, previous: Path | None, container: str
) -> Filestore:
    """Put the files that are named into a folder.

    Args:
        host: the VM.
        names: as the attachments have them.
        target: a folder that does not exist yet.
        previous: the filestore of the previous backup.
        container: name of a container that may be made for reading.

    Raises:
        ToolError: the live filestore cannot be read.
    """
    files.folder(target, new=True)
    wanted = sorted(set(names))
    strange = [name for name in wanted if not _NAME.fullmatch(name)]
    todo = [name for name in wanted if _NAME.fullmatch(name)]
    for folder in sorted({name[:2] for name in todo}):
        files.folder(target / folder)
    linked, rotten = _reuse(previous, target, todo) if previous is not None else ([], [])
    fetched, damaged = _fetch(host, sorted(set(todo) - set(linked)), target, container)
    sync_all(target / name for name in fetched)
    sync_all((*target.iterdir(), target))
    there = [*linked, *fetched]
    return Filestore(
        files=len(there),
        size=sum(os.stat(f"{target}/{name}").st_size for name in there),
        names=checksum(there),
        linked=len(linked),
        missing=tuple(sorted({*todo, *strange} - set(there))),
        rotten=tuple(sorted(rotten)),
        damaged=tuple(sorted(damaged)),
    )


def _reuse(previous: Path, target: Path, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Link the files that a previous backup has whole; gives their names, and the broken ones.

    Paths are text here, and nowhere else: a million `Path` objects take longer than the links.
    """

    def take(name: str) -> bool | None:
        return _take(f"{previous}/{name}", f"{target}/{name}", name)

    whole: list[str] = []
    rotten: list[str] = []
    for name, good in zip(names, _each(take, names)):
        if good is not None:
            (whole if good else rotten).append(name)
    return whole, rotten


def _take(source: str, path: str, name: str) -> bool | None:
    """Whether a file was whole, and is linked now; None: it is not there."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError:  # it cannot be read: as good as broken
        return False
    try:
        if files.digest_of(descriptor, "sha1") != name[3:]:
            return False
        os.fchmod(descriptor, files.FILE)
        try:
            os.link(source, path)
        except OSError:  # too many links
            return None
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _each(do: Callable[[str], T], names: Sequence[str]) -> Iterator[T]:
    """Do something with each name, several at once, and give the results in order."""
    batches = [names[at : at + _BATCH] for at in range(0, len(names), _BATCH)]
    with ThreadPoolExecutor(_READERS) as pool:
        for batch in pool.map(lambda some: [do(name) for name in some], batches):
            yield from batch


def _fetch(
    host: Host, names: Sequence[str], target: Path, container: str
) -> tuple[list[str], list[str]]:
    """Copy live files; gives the names that are here now, and those with another content."""
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
                    if not _NAME.fullmatch(entry.name):
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


def reader(host: Host, container: str, program: str) -> docker.Argv:
    """How to run a script where the filestore is: in a web container, or in one of its own."""
    command = ("python3", "-c", script(inside, program), directory_of(host.environment))
    service, seconds = host.environment.web_service, preflight.data_seconds(host)
    if running := host.containers(service):
        return docker.execute(running[0], command, seconds=seconds)
    return docker.one_off(service, container, command[:1], command[1:], seconds)


@contextmanager
def feeding(program: Program, chunks: Iterable[bytes]) -> Iterator[None]:
    """Give a program its input while the block reads its output: neither waits for the other."""

    def feed() -> None:
        assert program.stdin
        with suppress(OSError):  # it ended: its exit code says why
            for chunk in chunks:
                program.stdin.write(chunk)
            program.stdin.close()

    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    yield
    thread.join()


def restore(host: Host, source: Path, names: Iterable[str], container: str, image: str) -> int:
    """Put files of a backup back into the live filestore; gives their number.

    Files that the live one has whole stay; nothing is ever removed from it.
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
    """Those of the names whose file in the live filestore is there and has the right content."""
    if not names:
        return set()
    with host.talk(reader(host, container, "whole_files"), image=image) as program:
        assert program.stdout
        with feeding(program, ("".join(f"{name}\n" for name in names).encode(),)):
            return set(program.stdout.read().decode().split())


def checksum(names: Iterable[str]) -> str:
    """One value for a set of names."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def stored(folder: Path) -> list[str]:
    """The names of the files in a backup, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("??/*"))


def problems(folder: Path, number: int, names: str, digests: files.Digests) -> list[str]:
    """What is wrong with a filestore in a backup: lost files, and files that changed.

    Args:
        folder: where it is.
        number: of files that the manifest says.
        names: checksum of their names, likewise.
        digests: of files that were read already.
    """
    there = stored(folder)
    right = _each(lambda name: _whole(folder / name, digests), there)
    found = [f"{folder.name}/{name} is broken" for name, good in zip(there, right) if not good]
    if len(there) != number or checksum(there) != names:
        found.append(f"{folder.name} has {len(there)} files, not the {number} of the manifest")
    return found


def _whole(path: Path, digests: files.Digests) -> bool:
    with suppress(OSError):
        return digests.of(path, "sha1") == path.name
    return False
