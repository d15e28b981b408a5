"""Keep the newest versions of PROD in the registry, and whatever an environment runs.

In a registry, deleting means deleting a manifest, and with it every tag that names it: also
`uat-v1.2.3` beside `prod-v1.2.3`. So an image is never deleted here, only a tag: it is first given
a manifest of its own, which is deleted then. Docker Hub deletes no manifests, but tags, through an
interface of its own.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pipeline.core.errors import RegistryError
from pipeline.core.references import is_version, parse, version_key
from pipeline.image.metadata import LATEST
from pipeline.image.publish import resolve
from pipeline.image.registry.repository import Manifest, Registry

_PREFIX = "prod-v"
_EMPTY = "application/vnd.oci.empty.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Deletion(Protocol):
    """A way to delete one tag and nothing else."""

    def delete_tag(self, tag: str) -> bool:
        """Delete it; False when this registry cannot."""


@dataclass(frozen=True)
class Retained:
    """What became of a tag.

    Attributes:
        tag: the tag.
        outcome: ``kept`` or ``removed`` or ``failed``.
        why: for a person.
    """

    tag: str
    outcome: str
    why: str


class ByManifest:
    """Deletion in a registry that deletes manifests only."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def delete_tag(self, tag: str) -> bool:
        """Give the tag a manifest of its own, and delete that; put it back when that fails."""
        old = self._registry.require(tag)
        decoy = self._decoy()
        self._registry.put(tag, decoy)
        try:
            deleted = self._registry.delete(decoy.digest)
        except RegistryError:
            self._registry.put(tag, old)
            raise
        if not deleted:
            self._registry.put(tag, old)
        return deleted

    def _decoy(self) -> Manifest:
        empty = b"{}"
        config = {
            "mediaType": _EMPTY,
            "digest": self._registry.upload_bytes(empty),
            "size": len(empty),
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": config,
            "layers": [config],
            "annotations": {"unique": uuid.uuid4().hex},  # no other tag may share its digest
        }
        return Manifest(json.dumps(manifest, sort_keys=True))


def running_digests(registry: Registry, running: Iterable[str]) -> frozenset[str]:
    """The digests that environments run, from digests, tags or references.

    Raises:
        InputError: something that is no reference.
        RegistryError: an image that is not there: better to stop than to delete the wrong one.
    """
    digests = set()
    for text in running:
        reference = parse(text, registry.repository)
        digests.add(reference.digest or resolve(registry, reference))
    return frozenset(digests)


def choose(
    tags: Mapping[str, str], keep: int, running: frozenset[str], newest: str
) -> tuple[Retained, ...]:
    """Which tags of PROD stay, newest version first.

    Args:
        tags: tags of PROD and the digests that they name.
        keep: how many versions stay.
        running: digests that an environment runs; these stay besides.
        newest: the tag that was just promoted; stays whatever its version.
    """
    ordered = sorted(tags, key=lambda tag: version_key(tag.removeprefix(_PREFIX)), reverse=True)
    chosen = []
    for place, tag in enumerate(ordered):
        if place < keep:
            chosen.append(Retained(tag, "kept", f"one of the newest {keep}"))
        elif tags[tag] in running:
            chosen.append(Retained(tag, "kept", "an environment runs it"))
        elif tag == newest:
            chosen.append(Retained(tag, "kept", "just promoted"))
        else:
            chosen.append(Retained(tag, "removed", f"not one of the newest {keep}"))
    return tuple(chosen)


def retain(
    registry: Registry,
    deletion: Deletion,
    *,
    keep: int,
    running: Iterable[str],
    newest: str,
) -> tuple[Retained, ...]:
    """Remove the tags of PROD that are not to be kept. What cannot be done is reported: a promotion
    stands before it.

    Args:
        registry: where.
        deletion: how this registry deletes a tag.
        keep: how many versions stay.
        running: what environments run: digests, tags or references.
        newest: the tag that was just promoted.

    Raises:
        InputError: something in ``running`` is no reference.
    """
    try:
        protected = running_digests(registry, running)
        if latest := registry.manifest(LATEST):  # UAT runs it, or is about to
            protected |= {latest.digest}
        chosen = choose(_released(registry), keep, protected, newest)
    except RegistryError as error:
        return (Retained(f"{_PREFIX}…", "failed", f"nothing removed: {error.message}"),)
    return tuple(
        _remove(deletion, entry) if entry.outcome == "removed" else entry for entry in chosen
    )


def _released(registry: Registry) -> dict[str, str]:
    """The tags of PROD that name something, with its digest."""
    named = {
        tag: registry.manifest(tag)
        for tag in registry.tags()
        if tag.startswith(_PREFIX) and is_version(tag.removeprefix(_PREFIX))
    }
    return {tag: manifest.digest for tag, manifest in named.items() if manifest is not None}


def _remove(deletion: Deletion, entry: Retained) -> Retained:
    try:
        if deletion.delete_tag(entry.tag):
            return entry
    except RegistryError as error:
        return Retained(entry.tag, "failed", error.message)
    return Retained(entry.tag, "failed", "this registry deletes nothing")
