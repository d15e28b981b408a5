"""The identity of a process, and whether it is still running.

A pid alone is not enough, because it is reused. The start time together with the boot id is; both
can be read for every process, by any user.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar


@dataclass(frozen=True)
class KnownProcess:
    """A process, as it was recorded.

    Attributes:
        pid: its number.
        started: what distinguishes it from a later process with the same pid; empty: unknown.
    """

    pid: int = 0
    started: str = ""


P = TypeVar("P", bound=KnownProcess)


def this() -> KnownProcess:
    """This process, to be recorded."""
    return KnownProcess(os.getpid(), started(os.getpid()))


def read(kind: type[P], written: object) -> P:
    """A recorded process; missing values, and those of a wrong type, get their default."""
    values: dict[str, Any] = written if isinstance(written, dict) else {}
    known = {
        one.name: values[one.name]
        for one in fields(kind)
        if isinstance(values.get(one.name), type(one.default))
    }
    return kind(**known)


def started(pid: int) -> str:
    """What distinguishes a process from a later one with the same pid; empty when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else f"{boot}:{fields[18]}"


def alive(who: KnownProcess) -> bool:
    """Whether the recorded process is still running."""
    return bool(who.started) and started(who.pid) == who.started


def same(who: KnownProcess) -> bool:
    """Whether the recorded process is this one."""
    return KnownProcess(who.pid, who.started) == this()
