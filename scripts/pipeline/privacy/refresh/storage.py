"""Where the files of the throwaway PostgreSQL are: in memory, or encrypted on the engine's disk."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.core.errors import Refused

MEMORY, ENCRYPTED = "memory", "encrypted"
#: What a byte of PROD's tables takes while each row of each table is rewritten, by an update and
#: by the anonymization; benchmarks/anonymize/README.md has what was measured.
_GROWTH = 3
#: An empty server, and its write-ahead log: in memory it is written over again early.
_EMPTY = {MEMORY: 1 << 29, ENCRYPTED: 5 << 30}
#: What the rest of a refresh takes next to the server's files: Odoo, PostgreSQL's own memory.
_FOR_THE_REST = 2 << 30
#: Size in bytes of PostgreSQL's cache, when its files are on the disk.
_LEAST_CACHE, _MOST_CACHE = 128 << 20, 16 << 30
_SWAPS = re.compile(r"^(?!Filename)(?!/dev/zram)\S", re.MULTILINE)
_FIX = (
    "let the engine run on a machine with more memory, or one where a container with "
    "`insecureRootCapabilities` may mount FUSE (`modprobe fuse` gives /dev/fuse)"
)


@dataclass(frozen=True)
class Room:
    """What the engine's machine has.

    Attributes:
        memory: bytes that programs can still get.
        disk: bytes free where containers are.
        swaps: whether memory may be written to a disk.
    """

    memory: int
    disk: int
    swaps: bool


@dataclass(frozen=True)
class Storage:
    """The decision.

    Attributes:
        place: ``memory`` or ``encrypted``.
        needed: bytes that the server's files may take.
        cache: bytes of PostgreSQL's cache; 0: its default.
        why: one line for people.
    """

    place: Literal["memory", "encrypted"]
    needed: int
    cache: int
    why: str


def read_room(folder: Path = Path("/"), proc: Path = Path("/proc")) -> Room:
    """What the machine has on which this runs.

    Args:
        folder: where the server's files would be.
        proc: the kernel's own.
    """
    memory = (proc / "meminfo").read_text(encoding="ascii")
    found = re.search(r"^MemAvailable:\s+(\d+) kB", memory, re.MULTILINE)
    try:
        swaps = _SWAPS.search((proc / "swaps").read_text(encoding="utf-8")) is not None
    except FileNotFoundError:  # a kernel without swap
        swaps = False
    free = os.statvfs(folder)
    return Room(int(found[1]) << 10 if found else 0, free.f_bavail * free.f_frsize, swaps)


def choose_storage(
    fetched: int, room: Room, *, encrypted: bool = False, impossible: str = ""
) -> Storage:
    """Memory while the files fit there for certain, otherwise the disk, encrypted.

    Args:
        fetched: bytes of the tables that will be fetched, with indexes.
        room: what the machine has.
        encrypted: `[anonymization] encrypted`: never in memory.
        impossible: why this engine cannot encrypt; empty: it can, or was not asked yet.

    Raises:
        Refused: neither has room, or the engine cannot encrypt.
    """
    needed = {place: fetched * _GROWTH + empty for place, empty in _EMPTY.items()}
    size, files = f"{_gb(fetched)} to fetch", f"up to {_gb(needed[MEMORY])} of files"
    if encrypted:
        reason = "[anonymization] encrypted asks for it"
    elif room.swaps:
        reason = "this machine's memory may be swapped to a disk"
    elif room.memory < needed[MEMORY] + _FOR_THE_REST:
        reason = (
            f"{_gb(room.memory)} of memory are available, and {_gb(_FOR_THE_REST)} are for the rest"
        )
    else:
        why = f"in memory: {size}, {files}, {_gb(room.memory)} of memory available"
        return Storage("memory", needed[MEMORY], 0, why)
    if impossible:
        raise Refused(
            f"the throwaway server has no place: {size}, {files}; {reason}; and this engine "
            f"cannot encrypt files: {' '.join(impossible.split())[-300:]}",
            f"{_FIX}; nothing of PROD was fetched",
        )
    if room.disk < needed[ENCRYPTED]:
        raise Refused(
            f"the throwaway server has no place: {size}; {reason}; encrypted on the disk, its "
            f"files may take {_gb(needed[ENCRYPTED])}, and {_gb(room.disk)} are free there",
            "free space where the engine keeps its containers: `dagger core engine local-cache "
            "prune`; nothing of PROD was fetched",
        )
    cache = max(_LEAST_CACHE, min(_MOST_CACHE, room.memory // 4))
    why = f"encrypted on the engine's disk, because {reason} ({size}, {files})"
    return Storage("encrypted", needed[ENCRYPTED], cache, why)


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
