"""What it costs to read a file before it is linked: seconds by number of readers.

    python benchmarks/backup/linking.py [--files 5000] [--folder /backups]

The filestore of a second backup in which nothing is new, by the pipeline's own code. It drops each
file from the system's memory first, so that what is read comes from the disk. Next to it: links
alone, which tell nothing about the bytes, and one `sha1sum` of all files.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from pipeline.core import files  # noqa: E402
from pipeline.environment.backup import filestore, image_archive  # noqa: E402

KILOBYTES = 200


def made(folder: Path, number: int) -> list[str]:
    """A filestore with content that cannot be compressed, on the disk; gives the names."""
    names = []
    for _ in range(number):
        content = os.urandom(KILOBYTES << 10)
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        path = folder / digest[:2] / digest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        names.append(f"{digest[:2]}/{digest}")
    files.sync_all(folder / name for name in names)
    return names


def target(folder: Path, names: list[str]) -> Path:
    """A folder for links, with what is in a filestore's."""
    for name in {one[:2] for one in names}:
        (folder / name).mkdir(parents=True)
    return folder


def links_alone(source: Path, place: Path, names: list[str]) -> None:
    """What was done before bytes were read."""
    for name in names:
        os.link(f"{source}/{name}", f"{place}/{name}")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        home = Path(name)
        names = made(home / "first", given.files)
        size = given.files * KILOBYTES / 1024
        print(f"{given.files} files of {KILOBYTES} KB, {size:.0f} MiB\n")
        print("| what | seconds | MiB/s | seconds of CPU |\n|---|---|---|---|")

        def measure(what: str, do: object) -> None:
            clock, busy = time.perf_counter(), time.process_time()
            assert callable(do)
            do()
            seconds = time.perf_counter() - clock
            cpu = time.process_time() - busy
            print(f"| {what} | {seconds:.2f} | {size / seconds:.0f} | {cpu:.2f} |")

        place = target(home / "links", names)
        measure("links alone", lambda: links_alone(home / "first", place, names))
        for readers in (1, 2, 4, 8, 16):
            filestore._READERS = readers
            there = target(home / f"readers-{readers}", names)

            def reuse(there: Path = there) -> None:
                linked, rotten = filestore._reuse(home / "first", there, names)
                assert (len(linked), rotten) == (given.files, [])

            measure(f"read and linked, {readers} at once", reuse)
        listed = "\0".join(str(home / "first" / name) for name in names).encode()
        argv = ["xargs", "-0", "sha1sum"]
        measure("`sha1sum`", lambda: subprocess.run(argv, input=listed, stdout=-3, check=True))
        blob = home / "blob"
        blob.write_bytes(os.urandom(1 << 20) * int(size))
        files.sync(blob)
        assert not image_archive.whole(blob)
        measure("one content of an image of that size, SHA-256", lambda: image_archive.whole(blob))


if __name__ == "__main__":
    main()
