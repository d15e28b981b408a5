"""Which process somebody is, and whether it still runs: the one test of it.

A number alone says too little, for it is given to another process later. When a process began does,
with the boot that this was in; both can be read of every process, whoever asks.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def this() -> dict[str, Any]:
    """This process, for somebody to write down."""
    return {"pid": os.getpid(), "started": started(os.getpid())}


def started(pid: int) -> str:
    """What tells a process from a later one of the same number; empty when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else f"{boot}:{fields[18]}"


def alive(who: Mapping[str, Any]) -> bool:
    """Whether the process that was written down still runs."""
    return bool(who.get("started")) and started(int(who.get("pid", 0))) == who["started"]


def same(who: Mapping[str, Any]) -> bool:
    """Whether the process that was written down is this one."""
    return {name: who.get(name) for name in ("pid", "started")} == this()
