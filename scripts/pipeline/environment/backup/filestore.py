"""The filestore in a backup: every file that the dump names, each checked against its name.

Odoo names a file by the SHA-1 of its content, so a file never changes and one that the previous
backup has is linked to it: same content, no copying. Its bytes are read first, every time: a broken
one is copied from the live filestore again, so that damage in one backup does not spread.
The live file itself is never linked to: damage to it would damage the backup, too.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pipeline.core import files
from pipeline.core.files import sync_all
from pipeline.environment.backup import live_filestore
from pipeline.environment.backup.live_filestore import NAME
from pipeline.environment.host.host import Host

T = TypeVar("T")
#: Files that are read at the same time, and how many each thread takes at once (benchmarks/backup).
_READERS, _BATCH = 8, 32


@dataclass(frozen=True)
class Filestore:
    """A filestore in a backup.

    Attributes:
        files: number of files.
        size: their bytes.
        linked: number of files taken from the previous backup.
        names: SHA-256 of the sorted names, so that none can get lost.
        missing: names that are in the database but not in this backup: they were lost earlier.
        rotten: names whose file in the previous backup is broken; it was not used.
        damaged: missing ones whose live file does not have the content that its name states.
    """

    files: int
    size: int
    names: str
    linked: int
    missing: tuple[str, ...]
    rotten: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()


def write(
    host: Host, names: Iterable[str], target: Path, previous: Path | None, container: str
) -> Filestore:
    """Put files into a backup's folder.

    Args:
        host: the VM.
        names: as in the database's attachments.
        target: a folder that does not exist yet.
        previous: the filestore of the previous backup.
        container: name for a container that is started for reading if Odoo does not run.

    Raises:
        ToolError: the live filestore cannot be read.
    """
    files.folder(target, new=True)
    wanted = sorted(set(names))
    strange = [name for name in wanted if not NAME.fullmatch(name)]
    todo = [name for name in wanted if NAME.fullmatch(name)]
    for folder in sorted({name[:2] for name in todo}):
        files.folder(target / folder)
    linked, rotten = _reuse(previous, target, todo) if previous is not None else ([], [])
    fetched, damaged = live_filestore.fetch(
        host, sorted(set(todo) - set(linked)), target, container
    )
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
    """Link the intact files of the previous backup; returns their names, and the broken ones.

    Only here, paths are strings: creating a million `Path` objects takes longer than the links.
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
    """Whether a file was intact, and is linked now; None: it does not exist."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError:  # it cannot be read: the same as broken
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
    """Process the names, several at a time; yields the results in order."""
    batches = [names[at : at + _BATCH] for at in range(0, len(names), _BATCH)]
    with ThreadPoolExecutor(_READERS) as pool:
        for batch in pool.map(lambda some: [do(name) for name in some], batches):
            yield from batch


def checksum(names: Iterable[str]) -> str:
    """A checksum of a set of names."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def stored(folder: Path) -> list[str]:
    """The names of the files in a backup, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("??/*"))


def problems(folder: Path, number: int, names: str, digests: files.Digests) -> list[str]:
    """What is wrong with a filestore in a backup: lost files, and files that changed.

    Args:
        folder: where it is.
        number: of files according to the manifest.
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
