"""git's history: every blob of every commit once, and every commit's message."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import IO

from pipeline.check.secrets.rules.hits import Hit
from pipeline.check.secrets.scanner import LARGEST, Scanner, is_binary
from pipeline.core import git

#: Fewer blobs than this are scanned before a second process has started.
_WORTH_A_PROCESS = 4000
_BATCH = 500  # requests that fit a pipe, so that git and we never wait for each other


@dataclass(frozen=True)
class Blob:
    """One content that git keeps, and the commit and path where it first appeared.

    ``date`` is the commit's, as ``2025-01-31``.
    """

    identity: str
    path: str
    commit: str
    date: str


@dataclass
class ScannedBlobs:
    """The result of a scan of blobs. ``too_big`` are paths; ``hits`` go by blob id."""

    hits: dict[str, list[Hit]] = field(default_factory=dict)
    too_big: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    binary: int = 0
    bytes: int = 0

    def add(self, other: ScannedBlobs) -> None:
        """Merge another scan's result."""
        self.hits.update(other.hits)
        self.too_big += other.too_big
        self.missing |= other.missing
        self.binary += other.binary
        self.bytes += other.bytes


def blobs(root: Path) -> list[Blob]:
    """Every file content of all references' histories, oldest first, each once.

    Paths are relative to ``root``; in a subfolder of a checkout, only files below it count.
    """
    prefix = os.fsencode(git.git(root, "rev-parse", "--show-prefix").stdout.rstrip("\n"))
    seen: dict[bytes, Blob] = {}
    commit = date = b""
    # Of a merge, only what differs from all its parents: the rest is in their histories.
    arguments = (
        "log --all --reverse --raw -z --no-renames --no-abbrev --root --diff-merges=combined"
    )
    with git.talk(root, *arguments.split(), "--format=%x01%H %cs") as process:
        assert process.stdout
        parts = _parts(process.stdout)
        for part in parts:
            part = part.lstrip(b"\n")
            if part.startswith(b"\x01"):
                commit, date = part[1:].split()[:2]
            elif part.startswith(b":"):
                path = next(parts)
                new = _regular_file(part)
                if new and new not in seen and path.startswith(prefix):
                    seen[new] = Blob(
                        new.decode(),
                        os.fsdecode(path[len(prefix) :]),
                        commit.decode(),
                        date.decode(),
                    )
    return list(seen.values())


def messages(root: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield (id, date, text) of every commit and of every annotated tag."""
    for arguments in (
        ("log", "--all", "--format=%H%x00%cs%x00%B%x00"),
        (
            "for-each-ref",
            "--format=%(objectname)%00%(taggerdate:short)%00%(contents)%00",
            "refs/tags",
        ),
    ):
        with git.talk(root, *arguments) as process:
            assert process.stdout
            parts = _parts(process.stdout)
            for identity, date, text in zip(parts, parts, parts):
                if identity.strip() and date:  # a lightweight tag has no date and no text
                    yield identity.strip().decode(), date.decode(), text


def scan_blobs(root: Path, wanted: Sequence[Blob], processes: int | None = None) -> ScannedBlobs:
    """Scan the contents of blobs.

    Args:
        root: the checkout.
        wanted: what to scan.
        processes: how many share the work; by default as many as are worthwhile.
    """
    if processes is None:
        processes = min(os.cpu_count() or 1, 4, 1 + len(wanted) // _WORTH_A_PROCESS)
    if processes <= 1:
        return _scan_share(root, wanted)
    # Versions of a file go to one process, which remembers clean lines for all of them.
    shares: list[list[Blob]] = [[] for _ in range(processes)]
    for blob in wanted:
        shares[zlib.crc32(os.fsencode(blob.path)) % processes].append(blob)
    total = ScannedBlobs()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for scanned in pool.map(_scan_share, [root] * processes, shares):
            total.add(scanned)
    return total


def is_partial(root: Path) -> bool:
    """Whether this is a partial clone, whose missing blobs git would fetch one by one."""
    answer = git.git(root, "config", "--get-regexp", r"^remote\..*\.promisor$", ok=(0, 1))
    return "true" in answer.stdout


def absent_objects(root: Path) -> frozenset[str]:
    """Ids of the objects that a partial clone has not fetched."""
    listed = git.git(root, "rev-list", "--objects", "--all", "--missing=print").stdout
    return frozenset(line[1:] for line in listed.splitlines() if line.startswith("?"))


def _scan_share(root: Path, wanted: Sequence[Blob]) -> ScannedBlobs:
    scanner, result = Scanner(), ScannedBlobs()
    # By path: versions of a file share most lines, and git keeps them as differences.
    for blob, size, data in _contents(root, sorted(wanted, key=lambda blob: blob.path)):
        if size < 0:
            result.missing.add(blob.identity)
        elif data is None:
            result.too_big.append(blob.path)
        else:
            result.bytes += size
            result.binary += is_binary(data)
            hits = scanner.scan(data, blob.path)
            if hits:
                result.hits[blob.identity] = hits
    return result


def _contents(root: Path, wanted: Sequence[Blob]) -> Iterator[tuple[Blob, int, bytes | None]]:
    """Yield (blob, size in bytes, content): size -1 if absent, content None if too big."""
    if not wanted:
        return
    with git.talk(root, "cat-file", "--batch") as process:
        assert process.stdin and process.stdout
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            process.stdin.write("".join(f"{blob.identity}\n" for blob in batch).encode())
            process.stdin.flush()
            for blob in batch:
                header = process.stdout.readline().split()
                if len(header) < 3:
                    yield blob, -1, None
                    continue
                size = int(header[2])
                if size > LARGEST:
                    _discard(process.stdout, size + 1)
                    yield blob, size, None
                else:
                    yield blob, size, process.stdout.read(size + 1)[:size]


def _discard(stream: IO[bytes], size: int) -> None:
    while size > 0:
        size -= len(stream.read(min(size, 1 << 20)))


def _regular_file(status: bytes) -> bytes | None:
    """The new blob id in a raw diff's entry; None for a deletion, a link or a submodule."""
    fields = status.split()
    parents = len(status) - len(status.lstrip(b":"))
    mode, identity = fields[parents].lstrip(b":"), fields[2 * parents + 1]
    return identity if mode.startswith(b"100") and identity.strip(b"0") else None


def _parts(stream: IO[bytes]) -> Iterator[bytes]:
    """Split a stream at its zero bytes."""
    rest = b""
    while chunk := stream.read(1 << 20):
        *parts, rest = (rest + chunk).split(b"\0")
        yield from parts
    if rest.strip():
        yield rest


def without(wanted: Iterable[Blob], identities: frozenset[str]) -> list[Blob]:
    """The blobs whose id is not among ``identities``."""
    return [blob for blob in wanted if blob.identity not in identities]
