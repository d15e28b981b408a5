"""Files that are there whole, or not at all, also after a power cut."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PARTIAL = ".partial"


def write(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file durably: beside it first, synced, then renamed."""
    partial = path.with_name(path.name + PARTIAL)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    publish(partial, path)


def publish(partial: Path, path: Path) -> None:
    """Give a finished file, or folder, its name, and make the name durable."""
    partial.rename(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(paths: Iterable[Path]) -> None:
    """Make many files, or the names in many folders, durable.

    Several at once: a journaling file system then writes its journal once for all of them.
    """
    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(sync, paths):
            pass
