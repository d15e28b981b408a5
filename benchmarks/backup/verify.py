"""What it saves to read once what backups share: both ways in one run.

    python benchmarks/backup/verify.py [--backups 14] [--files 2000]

Each backup links the files of the one before, and replaces a tenth of them. Files are dropped from
the system's memory before they are read, so the disk is in the figures.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from pipeline.core import files  # noqa: E402
from pipeline.environment.backup import filestore  # noqa: E402

SIZE = 100 << 10


def make(folder: Path, previous: Path | None, number: int) -> None:
    """A filestore of so many files; all but a tenth are linked to the previous one's."""
    old = sorted(previous.glob("??/*"))[: number * 9 // 10] if previous else []
    for path in old:
        target = folder / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, target)
    for _ in range(number - len(old)):
        content = os.urandom(SIZE)
        name = hashlib.sha1(content).hexdigest()
        target = folder / name[:2] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            file.write(content)
            os.fsync(file.fileno())


def verify(stores: list[Path], once: bool) -> float:
    """Seconds to read all of them."""
    shared, begin = files.Digests(), time.monotonic()
    for store in stores:
        names = filestore.stored(store)
        digests = shared if once else files.Digests()
        found = filestore.problems(store, len(names), filestore.checksum(names), digests)
        assert found == [], found
    return time.monotonic() - begin


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--backups", type=int, default=14)
    parser.add_argument("--files", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as name:
        stores: list[Path] = []
        for number in range(options.backups):
            store = Path(name) / str(number)
            make(store, stores[-1] if stores else None, options.files)
            stores.append(store)
        pairs = [(verify(stores, False), verify(stores, True)) for _ in range(3)]
    for each, once in pairs:
        print(f"every backup {each:.1f} s, shared files once {once:.1f} s: {each / once:.1f} x")


main()
