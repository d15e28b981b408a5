"""Images in the backups: what `docker save` writes, with each content stored only once.

Files are named by their SHA-256, so two versions on one Odoo share almost everything, and each file
can be checked by its name. It is reused only after its bytes were read and verified. An image's
folder has the list of its members, from which it is packed again into what `docker load` reads
(:mod:`image_archive`).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core import files
from pipeline.core.errors import ToolError
from pipeline.core.files import PARTIAL
from pipeline.environment.backup import image_archive
from pipeline.environment.backup.image_archive import LIST, blobs_of, read_members, source_of
from pipeline.environment.host import docker
from pipeline.environment.host.host import Host


@dataclass(frozen=True)
class Saved:
    """What saving an image did.

    Attributes:
        written: whether it was written now.
        broken: files that were there already but broken; they were written again.
    """

    written: bool
    broken: tuple[str, ...] = ()


def folder(backups: Path, image: str) -> Path:
    """The folder of the image with this id."""
    return backups / "images" / image.removeprefix("sha256:")[:24]


def blobs(backups: Path) -> Path:
    """The folder of all contents."""
    return backups / "images" / "blobs"


def save(host: Host, backups: Path, reference: str, image: str) -> Saved:
    """Save an image, unless it is already there and every byte of it is right.

    Args:
        host: the VM.
        backups: folder of the backups.
        reference: local name of the image, which it gets again when it is loaded.
        image: its id.
    """
    target = folder(backups, image)
    with _alone(backups):
        _clean(host, backups)
        there = read_members(target)
        bad = _broken(target, there, files.Digests())
        if there and not bad and all("kept" in one or "to" in one for one in there):
            return Saved(False)
        partial = files.folder(_partial(host, target), new=True)
        try:
            members = _taken_apart(host, reference, blobs(backups), partial)
            files.folder(target)
            files.write(partial / LIST, json.dumps({"members": members}))
            files.publish(partial / LIST, target / LIST)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return Saved(True, tuple(bad) if there else ())


def _taken_apart(host: Host, reference: str, blobs: Path, partial: Path) -> list[dict[str, str]]:
    """Store what `docker save` writes; returns the list of its members."""
    seconds = host.environment.seconds_for_image(host.daemon.image_size(reference))
    with host.talk(docker.docker("save", reference), timeout=seconds) as program:
        assert program.stdout
        members = image_archive.take_apart(program.stdout, blobs, partial)
        while program.stdout.read(1 << 20):  # the padding of the last block
            pass
    return members


def broken(backups: Path, image: str, digests: files.Digests | None = None) -> list[str]:
    """The missing or changed files of a saved image.

    Args:
        backups: folder of the backups.
        image: its id.
        digests: of files that were read already.
    """
    place = folder(backups, image)
    return _broken(place, read_members(place), digests or files.Digests())


def _broken(place: Path, members: list[dict[str, Any]] | None, digests: files.Digests) -> list[str]:
    if members is None:
        return [f"images/{place.name}/{LIST}"]
    sources = dict.fromkeys(filter(None, (source_of(place, one) for one in members)))
    return [
        f"images/{path.relative_to(place.parent)}"
        for path in sources
        if not (
            image_archive.whole(path, digests) if path.parent.name == "blobs" else path.exists()
        )
    ]


def load(host: Host, backups: Path, image: str) -> None:
    """Load a saved image into Docker. Raises ToolError when it is incomplete."""
    if bad := broken(backups, image):
        raise ToolError(
            f"the saved image {image[:19]} is broken: {', '.join(bad[:3])}",
            "pull it from the registry, or take another backup",
        )
    place = folder(backups, image)
    sources = {source for one in read_members(place) or () if (source := source_of(place, one))}
    size = sum(source.stat().st_size for source in sources)
    seconds = host.environment.seconds_for_image(size)
    with host.talk(docker.docker("load", "--quiet"), timeout=seconds) as program:
        assert program.stdin
        image_archive.pack(place, program.stdin)


def prune(
    backups: Path, gone: Collection[str], needed: Callable[[], Collection[str] | None]
) -> None:
    """Remove saved images, and those of their contents that no other image needs.

    Args:
        backups: folder of the backups.
        gone: ids of the removed backups' images; no other image is considered.
        needed: returns the ids of the images that any environment's backups still need; None: they
            are unknown, and all images stay. It is called while nobody else can save an image.
    """
    if not any(folder(backups, image).is_dir() for image in gone):
        return
    with _alone(backups):
        kept = needed()
        if kept is None:
            return
        places = {folder(backups, one) for one in gone} - {folder(backups, one) for one in kept}
        free: set[str] = set()
        for place in places:
            free |= blobs_of(read_members(place) or ())
            shutil.rmtree(place, ignore_errors=True)
        for place in (backups / "images").iterdir():
            if place == blobs(backups) or not place.is_dir():
                continue
            members = read_members(place)
            if members is None and not place.name.endswith(PARTIAL):
                return  # what it needs is unknown
            free -= blobs_of(members or ())
        for name in free:
            (blobs(backups) / name).unlink(missing_ok=True)


def clean(host: Host, backups: Path) -> None:
    """Remove what an interrupted save of this environment left behind."""
    if (backups / "images").is_dir():
        with _alone(backups):
            _clean(host, backups)


def _clean(host: Host, backups: Path) -> None:
    here = host.environment
    for partial in (backups / "images").glob(f"*.{here.project}-{here.name}{PARTIAL}"):
        shutil.rmtree(partial)


def _partial(host: Host, target: Path) -> Path:
    """The partial folder; its name has the environment, because environments can share a folder."""
    here = host.environment
    return target.with_name(f"{target.name}.{here.project}-{here.name}{PARTIAL}")


@contextmanager
def _alone(backups: Path) -> Iterator[None]:
    """A lock, for the block: no other process, of any environment, saves or removes images here."""
    files.folder(backups / "images")
    files.folder(blobs(backups))
    descriptor = os.open(backups / "images", os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
