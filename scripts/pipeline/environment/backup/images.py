"""Images in the backups: what `docker save` writes, taken apart so that each content is there once.

A file is named by its SHA-256, so two versions on one Odoo share almost everything, and each can be
checked by its name. It is used again only after its bytes were read and are right. The folder of an
image has the list of its members; from that it is packed again into what `docker load` reads.

Both layouts are kept as they are: that of Docker before 25 (a folder a layer, with links where a
layer occurs twice), and the OCI layout since then.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import tarfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pipeline.core import files, limits
from pipeline.core.errors import ToolError
from pipeline.core.files import PARTIAL
from pipeline.environment.host import docker
from pipeline.environment.host.host import Host

_BLOB = re.compile(r"blobs/sha256/([0-9a-f]{64})")
_LIST = "members.json"
_LINKS = {"symlink": tarfile.SYMTYPE, "link": tarfile.LNKTYPE}


@dataclass(frozen=True)
class Saved:
    """What was done with an image.

    Attributes:
        written: whether it was written now.
        broken: what of it was there before and broken; it was written again.
    """

    written: bool
    broken: tuple[str, ...] = ()


def folder(backups: Path, image: str) -> Path:
    """Where an image of that id is."""
    return backups / "images" / image.removeprefix("sha256:")[:24]


def blobs(backups: Path) -> Path:
    """Where all contents are."""
    return backups / "images" / "blobs"


def save(host: Host, backups: Path, reference: str, image: str) -> Saved:
    """Save an image, unless it is there and every byte of it is right.

    Args:
        host: the VM.
        backups: folder of the backups.
        reference: local name of the image, which it gets again when it is loaded.
        image: its id.
    """
    target = folder(backups, image)
    with _alone(backups):
        _clean(host, backups)
        there = _members(target)
        bad = _broken(target, there, files.Digests())
        if there and not bad and all("kept" in one or "to" in one for one in there):
            return Saved(False)
        partial = files.folder(_partial(host, target), new=True)
        try:
            members = _taken_apart(host, reference, blobs(backups), partial)
            files.folder(target)
            files.write(partial / _LIST, json.dumps({"members": members}))
            files.publish(partial / _LIST, target / _LIST)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return Saved(True, tuple(bad) if there else ())


def _taken_apart(host: Host, reference: str, blobs: Path, partial: Path) -> list[dict[str, str]]:
    """Keep what `docker save` writes; the list of its members."""
    members: list[dict[str, str]] = []
    seconds = limits.for_image(host.environment, host.daemon.image_size(reference))
    with host.talk(docker.docker("save", reference), timeout=seconds) as program:
        assert program.stdout
        with tarfile.open(fileobj=program.stdout, mode="r|") as archive:
            for entry in archive:
                members.append(_keep(archive, entry, blobs, partial))
        while program.stdout.read(1 << 20):  # what fills the last block
            pass
    return members


def _keep(
    archive: tarfile.TarFile, entry: tarfile.TarInfo, blobs: Path, partial: Path
) -> dict[str, str]:
    """Keep one member; what the list says of it."""
    if entry.isdir():
        return {"name": entry.name, "type": "folder", "to": ""}
    if entry.issym() or entry.islnk():
        kind = "symlink" if entry.issym() else "link"
        return {"name": entry.name, "type": kind, "to": entry.linkname}
    content = archive.extractfile(entry) if entry.isfile() else None
    if content is None:
        raise ToolError(
            f"docker save wrote {entry.name!r}, which is neither a file nor a link",
            "report this as a bug of the pipeline",
        )
    named = _BLOB.fullmatch(entry.name)
    if named and _whole(blobs / named[1]):
        return {"name": entry.name, "type": "file", "kept": named[1]}
    digest = _write(content, partial / "content")
    if named and digest != named[1]:
        raise ToolError(f"docker save wrote a broken layer {named[1][:12]}", "try again")
    if named or not _whole(blobs / digest):
        files.publish(partial / "content", blobs / digest)
    return {"name": entry.name, "type": "file", "kept": digest}


def _write(content: IO[bytes], path: Path) -> str:
    digest = hashlib.sha256()
    with files.create(path) as file:
        while chunk := content.read(1 << 20):
            file.write(chunk)
            digest.update(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _whole(path: Path, digests: files.Digests | None = None) -> bool:
    with suppress(OSError):
        return (digests or files.Digests()).of(path) == path.name
    return False


def _members(place: Path) -> list[dict[str, Any]] | None:
    """The list of a saved image; None: there is none that can be read."""
    try:
        said = json.loads((place / _LIST).read_text(encoding="utf-8"))
        if isinstance(said, dict):
            return list(said["members"])
        # As it was first: pairs of name and place; only what is a blob can be checked.
        return [{"name": name, "old": kept} for name, kept in said]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def broken(backups: Path, image: str, digests: files.Digests | None = None) -> list[str]:
    """What of a saved image is missing or changed.

    Args:
        backups: folder of the backups.
        image: its id.
        digests: of files that were read already.
    """
    place = folder(backups, image)
    return _broken(place, _members(place), digests or files.Digests())


def _broken(place: Path, members: list[dict[str, Any]] | None, digests: files.Digests) -> list[str]:
    if members is None:
        return [f"images/{place.name}/{_LIST}"]
    sources = dict.fromkeys(filter(None, (_source(place, one) for one in members)))
    return [
        f"images/{path.relative_to(place.parent)}"
        for path in sources
        if not (_whole(path, digests) if path.parent.name == "blobs" else path.exists())
    ]


def _source(place: Path, member: Mapping[str, str]) -> Path | None:
    if "kept" in member:
        return place.parent / "blobs" / member["kept"]
    if "old" in member:
        kept = member["old"]
        return place.parent / kept if kept.startswith("blobs/") else place / kept
    return None


def load(host: Host, backups: Path, image: str) -> None:
    """Give docker a saved image back. Raises ToolError when it is not whole."""
    if bad := broken(backups, image):
        raise ToolError(
            f"the saved image {image[:19]} is broken: {', '.join(bad[:3])}",
            "pull it from the registry, or take another backup",
        )
    place = folder(backups, image)
    sources = {source for one in _members(place) or () if (source := _source(place, one))}
    size = sum(source.stat().st_size for source in sources)
    seconds = limits.for_image(host.environment, size)
    with host.talk(docker.docker("load", "--quiet"), timeout=seconds) as program:
        assert program.stdin
        pack(place, program.stdin)


def pack(place: Path, out: IO[bytes]) -> None:
    """Write a saved image as `docker save` wrote it."""
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for member in _members(place) or ():
            entry = tarfile.TarInfo(member["name"])
            source = _source(place, member)
            if source is not None:
                entry.size, entry.mode = source.stat().st_size, 0o644
                with source.open("rb") as file:
                    archive.addfile(entry, file)
                continue
            entry.type = _LINKS.get(member["type"], tarfile.DIRTYPE)
            entry.linkname, entry.mode = member["to"], 0o755
            archive.addfile(entry)


def prune(
    backups: Path, gone: Collection[str], needed: Callable[[], Collection[str] | None]
) -> None:
    """Remove saved images, and contents of theirs that no other one has.

    Args:
        backups: folder of the backups.
        gone: ids of the images of backups that were removed: nothing else is looked at.
        needed: gives the ids of the images that a backup still needs, whosever it is; None: nobody
            knows, and all stay. It is asked when nobody else can save an image any more.
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
            free |= _blobs_of(_members(place) or ())
            shutil.rmtree(place, ignore_errors=True)
        for place in (backups / "images").iterdir():
            if place == blobs(backups) or not place.is_dir():
                continue
            members = _members(place)
            if members is None and not place.name.endswith(PARTIAL):
                return  # nobody knows what it needs
            free -= _blobs_of(members or ())
        for name in free:
            (blobs(backups) / name).unlink(missing_ok=True)


def _blobs_of(members: Collection[Mapping[str, str]]) -> set[str]:
    kept = (one.get("kept") or one.get("old", "") for one in members)
    return {name.removeprefix("blobs/") for name in kept if name}


def clean(host: Host, backups: Path) -> None:
    """Remove what an interrupted save of this environment left."""
    if (backups / "images").is_dir():
        with _alone(backups):
            _clean(host, backups)


def _clean(host: Host, backups: Path) -> None:
    here = host.environment
    for partial in (backups / "images").glob(f"*.{here.project}-{here.name}{PARTIAL}"):
        shutil.rmtree(partial)


def _partial(host: Host, target: Path) -> Path:
    """Its name says whose it is: environments can share a folder."""
    here = host.environment
    return target.with_name(f"{target.name}.{here.project}-{here.name}{PARTIAL}")


@contextmanager
def _alone(backups: Path) -> Iterator[None]:
    """In the block nobody else writes or removes images here, of another environment neither."""
    files.folder(backups / "images")
    files.folder(blobs(backups))
    descriptor = os.open(backups / "images", os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
