"""Where the files of the throwaway server are: by what is fetched, and what the machine has."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.errors import Refused
from pipeline.privacy.refresh.storage import Room, choose_storage, read_room

GB = 10**9
MEMINFO = "MemTotal:       24000000 kB\nMemFree:  1 kB\nMemAvailable:   20000000 kB\n"
SWAPS = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


def room(memory: float = 16, disk: float = 100, swaps: bool = False) -> Room:
    return Room(int(memory * GB), int(disk * GB), swaps)


@pytest.mark.parametrize(
    ("fetched", "here", "expected"),
    [
        (0.1, room(), "memory"),
        (4, room(), "memory"),
        (6, room(), "encrypted"),
        (0.1, room(memory=2), "encrypted"),
        (0.1, room(swaps=True), "encrypted"),
        (100, room(memory=400), "memory"),
        (100, room(disk=400), "encrypted"),
        (0, room(), "memory"),
    ],
)
def test_memory_while_it_fits_there_for_certain(fetched: float, here: Room, expected: str) -> None:
    assert choose_storage(int(fetched * GB), here).place == expected


def test_one_line_says_which_and_why() -> None:
    line = choose_storage(GB, room()).why
    assert line == (
        "in memory: 1.0 GB to fetch, up to 3.5 GB of files, 16.0 GB of memory available"
    )
    line = choose_storage(8 * GB, room()).why
    assert line == (
        "encrypted on the engine's disk, because 16.0 GB of memory are available, and 2.1 GB are "
        "for the rest (8.0 GB to fetch, up to 24.5 GB of files)"
    )
    assert "swapped" in choose_storage(GB, room(swaps=True)).why


def test_a_setting_forces_the_disk() -> None:
    chosen = choose_storage(1, room(), encrypted=True)
    assert chosen.place == "encrypted" and "[anonymization] encrypted" in chosen.why


@pytest.mark.parametrize(("memory", "mebibytes"), [(0.1, 128), (8, 1907), (1000, 16384)])
def test_the_cache_is_a_part_of_the_memory(memory: float, mebibytes: int) -> None:
    """The rest is for the system's own cache, for Odoo, and for others."""
    chosen = choose_storage(GB, room(memory=memory), encrypted=True)
    assert chosen.cache >> 20 == mebibytes


def test_memory_needs_no_cache_and_no_encryption() -> None:
    chosen = choose_storage(GB, room(), impossible="no /dev/fuse")
    assert (chosen.place, chosen.cache) == ("memory", 0)


@pytest.mark.parametrize(
    ("fetched", "here"), [(50 * GB, room()), (1, room(swaps=True)), (1, room(memory=1))]
)
def test_without_encryption_it_is_refused(fetched: int, here: Room) -> None:
    """It names size, memory, the reason and the fix."""
    with pytest.raises(Refused, match="cannot encrypt files: no /dev/fuse") as caught:
        choose_storage(fetched, here, impossible="no /dev/fuse")
    text = str(caught.value)
    assert f"{fetched / GB:.1f} GB to fetch" in text and "modprobe fuse" in text
    assert "memory" in text and "nothing of PROD was fetched" in text


def test_a_full_disk_is_refused() -> None:
    with pytest.raises(Refused, match="305.4 GB, and 100.0 GB are free there") as caught:
        choose_storage(100 * GB, room())
    assert "local-cache prune" in caught.value.fix


@pytest.mark.parametrize(
    ("swaps", "expected"),
    [
        (SWAPS, False),
        (SWAPS + "/swapfile file\t\t4194300\t\t0\t\t-2\n", True),
        (SWAPS + "/dev/zram0 partition\t4194300\t\t0\t\t100\n", False),
        (SWAPS + "/dev/zram0 partition\t1\t0\t9\n/dev/sda2 partition\t1\t0\t-2\n", True),
        (None, False),
    ],
)
def test_a_machine(swaps: str | None, expected: bool, tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text(MEMINFO)
    if swaps is not None:
        (tmp_path / "swaps").write_text(swaps)
    found = read_room(tmp_path, tmp_path)
    assert found.memory == 20_000_000 << 10 and found.disk > 0
    assert found.swaps is expected


def test_a_kernel_that_tells_nothing_has_no_memory(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 1 kB\n")
    assert read_room(tmp_path, tmp_path).memory == 0


def test_this_machine_is_read() -> None:
    assert read_room().memory > 0
