"""Keep the newest versions of PROD in the registry, and every image that an environment runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.core import versions
from pipeline.core.errors import RegistryError
from pipeline.core.references import parse_reference
from pipeline.core.versions import is_version
from pipeline.image.metadata import LATEST
from pipeline.image.publish import resolve_digest
from pipeline.image.registry.deletion import Deletion
from pipeline.image.registry.repository import Registry

_PREFIX = "prod-v"


@dataclass(frozen=True)
class Retained:
    """The outcome for a tag.

    Attributes:
        tag: the tag.
        outcome: ``kept`` or ``removed`` or ``failed``.
        why: for a person.
    """

    tag: str
    outcome: str
    why: str


def running_digests(registry: Registry, running: Iterable[str]) -> frozenset[str]:
    """The digests that environments run, from digests, tags or references.

    Raises:
        InputError: not a reference.
        RegistryError: an image is missing: better to stop than to delete the wrong one.
    """
    digests = set()
    for text in running:
        reference = parse_reference(text, registry.repository)
        digests.add(reference.digest or resolve_digest(registry, reference))
    return frozenset(digests)


def choose(
    tags: Mapping[str, str], keep: int, running: frozenset[str], newest: str
) -> tuple[Retained, ...]:
    """Which tags of PROD stay, newest version first.

    Args:
        tags: tags of PROD with their digests.
        keep: number of versions to keep.
        running: digests that an environment runs; these stay as well.
        newest: the tag that was just promoted; it stays whatever its version.
    """
    ordered = sorted(
        tags, key=lambda tag: versions.sorting_key(tag.removeprefix(_PREFIX)), reverse=True
    )
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
    """Remove the tags of PROD that are not to be kept.

    Failures are only reported, because the promotion before it is done.

    Args:
        registry: the registry.
        deletion: how this registry deletes a tag.
        keep: number of versions to keep.
        running: images that environments run: digests, tags or references.
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
    """The tags of PROD that exist, with their digests."""
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
    return Retained(entry.tag, "failed", "this registry does not support deletion")
