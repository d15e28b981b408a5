"""Which process somebody is, and whether it still runs: the one test of it.

A number alone says too little, for it is given to another process later. When a process began does,
with the boot that this was in; both can be read of every process, whoever asks.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar


@dataclass(frozen=True)
class KnownProcess:
    """A process, as somebody wrote it down.

    Attributes:
        pid: its number.
        started: what tells it from a later one of the same number; empty: it is not known.
    """

    pid: int = 0
    started: str = ""


P = TypeVar("P", bound=KnownProcess)


def this() -> KnownProcess:
    """This process, for somebody to write down."""
    return KnownProcess(os.getpid(), started(os.getpid()))


def read(kind: type[P], written: object) -> P:
    """What was written down; what is missing in it, or of another type, has its default."""
    values: dict[str, Any] = written if isinstance(written, dict) else {}
    known = {
        one.name: values[one.name]
        for one in fields(kind)
        if isinstance(values.get(one.name), type(one.default))
    }
    return kind(**known)


def started(pid: int) -> str:
    """What tells a process from a later one of the same number; empty when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else f"{boot}:{fields[18]}"


def alive(who: KnownProcess) -> bool:
    """Whether the process that was written down still runs."""
    return bool(who.started) and started(who.pid) == who.started


def same(who: KnownProcess) -> bool:
    """Whether the process that was written down is this one."""
    return KnownProcess(who.pid, who.started) == this()
