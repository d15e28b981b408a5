"""Images in the backups: what `docker save` writes, taken apart so that each layer is there once.

A layer is named by its SHA-256, so two versions on one Odoo share almost everything, and each file
can be checked by its name. The folder of an image has the rest; with all its layers it is packed
again into what `docker load` reads.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
from pathlib import Path
from typing import IO

from pipeline.errors import ToolError
from pipeline.vm import docker, files
from pipeline.vm.files import PARTIAL
from pipeline.vm.host import Host

_BLOB = re.compile(r"blobs/sha256/([0-9a-f]{64})")
_LIST = "members.json"
_SECONDS = 1800.0


def folder(backups: Path, image: str) -> Path:
    """Where an image of that id is."""
    return backups / "images" / image.removeprefix("sha256:")[:24]


def blobs(backups: Path) -> Path:
    """Where all layers are."""
    return backups / "images" / "blobs"


def save(host: Host, backups: Path, reference: str, image: str) -> bool:
    """Save an image unless it is there; whether it was written now.

    Args:
        host: the VM.
        backups: folder of the backups.
        reference: local name of the image, which it gets again when it is loaded.
        image: its id.
    """
    target = folder(backups, image)
    if target.exists():
        return False
    partial = target.with_name(target.name + PARTIAL)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    blobs(backups).mkdir(exist_ok=True)
    members: list[list[str]] = []
    with host.talk(docker.docker("save", reference), timeout=_SECONDS) as program:
        assert program.stdout
        with tarfile.open(fileobj=program.stdout, mode="r|") as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isfile() else None
                if content is not None:
                    members.append([entry.name, _keep(content, entry, backups, partial)])
        while program.stdout.read(1 << 20):  # what fills the last block
            pass
    files.write(partial / _LIST, json.dumps(members), 0o640)
    files.publish(partial, target)
    return True


def _keep(content: IO[bytes], entry: tarfile.TarInfo, backups: Path, partial: Path) -> str:
    """Write one member; its place relative to the folder of images."""
    blob = _BLOB.fullmatch(entry.name)
    if blob and (blobs(backups) / blob[1]).exists():
        return f"blobs/{blob[1]}"
    path = blobs(backups) / (blob[1] + PARTIAL) if blob else partial / _flat(entry.name)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        while chunk := content.read(1 << 20):
            file.write(chunk)
            digest.update(chunk)
        file.flush()
        os.fsync(file.fileno())
    if not blob:
        return _flat(entry.name)
    if digest.hexdigest() != blob[1]:
        raise ToolError(f"docker save wrote a broken layer {blob[1][:12]}", "try again")
    files.publish(path, blobs(backups) / blob[1])
    return f"blobs/{blob[1]}"


def _flat(name: str) -> str:
    return name.replace("/", "_")


def broken(backups: Path, image: str) -> list[str]:
    """What of a saved image is missing or changed."""
    place = folder(backups, image)
    try:
        members = json.loads((place / _LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [f"images/{place.name}/{_LIST}"]
    return [kept for _, kept in members if not _whole(place, kept)]


def _whole(place: Path, kept: str) -> bool:
    if not kept.startswith("blobs/"):
        return (place / kept).exists()
    try:
        with (place.parent / kept).open("rb") as file:
            digest = hashlib.sha256()
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except OSError:
        return False
    return f"blobs/{digest.hexdigest()}" == kept


def load(host: Host, backups: Path, image: str) -> None:
    """Give docker a saved image back. Raises ToolError when it is not whole."""
    if bad := broken(backups, image):
        raise ToolError(
            f"the saved image {image[:19]} is broken: {', '.join(bad[:3])}",
            "pull it from the registry, or take another backup",
        )
    place = folder(backups, image)
    members = json.loads((place / _LIST).read_text(encoding="utf-8"))
    with host.talk(docker.docker("load", "--quiet"), timeout=_SECONDS) as program:
        assert program.stdin
        with tarfile.open(fileobj=program.stdin, mode="w|") as archive:
            for name, kept in members:
                source = place.parent / kept if kept.startswith("blobs/") else place / kept
                archive.add(source, name, recursive=False)


def prune(backups: Path, keep: set[str]) -> None:
    """Remove saved images whose ids are not to be kept, and layers that nobody has any more."""
    root = backups / "images"
    if not root.is_dir():
        return
    kept = {folder(backups, image).name for image in keep}
    used: set[str] = set()
    for place in root.iterdir():
        if place == blobs(backups):
            continue
        if place.name not in kept:
            shutil.rmtree(place)
            continue
        used |= {
            part.removeprefix("blobs/")
            for _, part in json.loads((place / _LIST).read_text(encoding="utf-8"))
        }
    for blob in blobs(backups).iterdir() if blobs(backups).is_dir() else ():
        if blob.name not in used:
            blob.unlink()
