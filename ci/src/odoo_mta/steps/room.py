"""How many steps the engine's machine has room for."""

import os
import re

#: Steps at a time for each processor: they wait for databases and for files as well.
_FOR_A_PROCESSOR = 2
#: What a step may take, in MiB: Odoo, its database server, a browser.
_MEMORY = 1536
_LEAST, _MOST = 2, 16


def at_a_time(processors: int, available: int) -> int:
    """How many steps run at once; the engine would start all of them.

    Args:
        processors: of the machine.
        available: memory that programs can still get, in MiB.
    """
    return max(_LEAST, min(_MOST, _FOR_A_PROCESSOR * processors, available // _MEMORY))


def here() -> int:
    """The number for the machine that this module runs on, which is the engine's."""
    with open("/proc/meminfo", encoding="ascii") as file:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", file.read(), re.MULTILINE)
    available = int(found[1]) // 1024 if found else _LEAST * _MEMORY
    return at_a_time(len(os.sched_getaffinity(0)), available)
