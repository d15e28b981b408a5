"""What `docker save` writes, taken apart into contents and a list of members, and packed again.

Both layouts are supported: that of Docker before 25 (a folder per layer, with links where a layer
occurs twice), and the OCI layout since then.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from pipeline.core import files
from pipeline.core.errors import ToolError

#: The list of an image's members, in its folder.
LIST = "members.json"
_BLOB = re.compile(r"blobs/sha256/([0-9a-f]{64})")
_LINKS = {"symlink": tarfile.SYMTYPE, "link": tarfile.LNKTYPE}


def take_apart(stream: IO[bytes], blobs: Path, partial: Path) -> list[dict[str, str]]:
    """Store the contents of what `docker save` writes; returns the list of its members.

    Args:
        stream: what it writes.
        blobs: the folder of all contents.
        partial: a folder for the content that is being written.

    Raises:
        ToolError: a member is neither file nor link, or its content is broken.
    """
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        return [_keep(archive, entry, blobs, partial) for entry in archive]


def _keep(
    archive: tarfile.TarFile, entry: tarfile.TarInfo, blobs: Path, partial: Path
) -> dict[str, str]:
    """Store one member; returns its entry in the list."""
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
    if named and whole(blobs / named[1]):
        return {"name": entry.name, "type": "file", "kept": named[1]}
    digest = _write(content, partial / "content")
    if named and digest != named[1]:
        raise ToolError(f"docker save wrote a broken layer {named[1][:12]}", "try again")
    if named or not whole(blobs / digest):
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


def whole(path: Path, digests: files.Digests | None = None) -> bool:
    """Whether a content matches the SHA-256 in its name."""
    with suppress(OSError):
        return (digests or files.Digests()).of(path) == path.name
    return False


def read_members(place: Path) -> list[dict[str, Any]] | None:
    """The member list of a saved image; None: it is missing or unreadable."""
    try:
        said = json.loads((place / LIST).read_text(encoding="utf-8"))
        if isinstance(said, dict):
            return list(said["members"])
        # The first format: pairs of name and place; only blobs can be checked.
        return [{"name": name, "old": kept} for name, kept in said]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def source_of(place: Path, member: Mapping[str, str]) -> Path | None:
    """The file with a member's content; None: the member has none."""
    if "kept" in member:
        return place.parent / "blobs" / member["kept"]
    if "old" in member:
        kept = member["old"]
        return place.parent / kept if kept.startswith("blobs/") else place / kept
    return None


def pack(place: Path, out: IO[bytes]) -> None:
    """Write a saved image as `docker save` wrote it."""
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for member in read_members(place) or ():
            entry = tarfile.TarInfo(member["name"])
            source = source_of(place, member)
            if source is not None:
                entry.size, entry.mode = source.stat().st_size, 0o644
                with source.open("rb") as file:
                    archive.addfile(entry, file)
                continue
            entry.type = _LINKS.get(member["type"], tarfile.DIRTYPE)
            entry.linkname, entry.mode = member["to"], 0o755
            archive.addfile(entry)


def blobs_of(members: Collection[Mapping[str, str]]) -> set[str]:
    """The names of the contents that members need."""
    kept = (one.get("kept") or one.get("old", "") for one in members)
    return {name.removeprefix("blobs/") for name in kept if name}
