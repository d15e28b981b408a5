"""Documents of an image: found by its digest, as the tag ``sha256-<digest>.<kind>``.

The tag scheme works in every registry; the manifest also names the image as its subject, for
registries with the referrers API.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from pipeline.core.errors import InputError, RegistryError
from pipeline.core.references import check_digest
from pipeline.image.registry.repository import ImageManifest, Registry

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_EMPTY = "application/vnd.oci.empty.v1+json"
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True)
class Document:
    """A document and its media type."""

    media_type: str
    data: bytes


def tag_of(digest: str, kind: str) -> str:
    """The tag of an image's document of this kind."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", kind):
        raise InputError(
            f"{kind!r} is not a valid kind of document", "use lower-case letters and `-`"
        )
    return f"{check_digest(digest).replace(':', '-')}.{kind}"


def attach(registry: Registry, digest: str, kind: str, document: Document) -> str:
    """Upload a document of an image, replacing an older one, and return its digest."""
    subject = registry.require(digest)
    layer = {
        "mediaType": document.media_type,
        "digest": registry.upload_bytes(document.data),
        "size": len(document.data),
    }
    empty = b"{}"
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "artifactType": document.media_type,
        "config": {
            "mediaType": _EMPTY,
            "digest": registry.upload_bytes(empty),
            "size": len(empty),
        },
        "layers": [layer],
        "subject": {
            "mediaType": json.loads(subject.text).get("mediaType", _MANIFEST),
            "digest": digest,
            "size": len(subject.text.encode()),
        },
    }
    written = ImageManifest(json.dumps(manifest, sort_keys=True))
    registry.put(tag_of(digest, kind), written)
    return written.digest


def read_document(registry: Registry, digest: str, kind: str) -> Document | None:
    """An image's document of this kind; None when there is none.

    Raises:
        RegistryError: the tag has something else, or a document of another image.
    """
    tag = tag_of(digest, kind)
    manifest = registry.manifest(tag)
    if manifest is None:
        return None
    try:
        content = json.loads(manifest.text)
        if content["subject"]["digest"] != digest:
            raise ValueError("it belongs to another image")
        (layer,) = content["layers"]
        media_type, blob = str(layer["mediaType"]), str(layer["digest"])
    except (ValueError, LookupError, TypeError) as error:
        raise RegistryError(
            f"{registry.repository.tagged(tag)} is not a document of an image: {error}",
            "find out who pushed it; publish the image again to replace it",
        ) from error
    return Document(media_type, registry.download(blob, _LARGEST))


def document_kinds(registry: Registry, digest: str) -> tuple[str, ...]:
    """The kinds of documents of an image."""
    prefix = f"{check_digest(digest).replace(':', '-')}."
    return tuple(tag.removeprefix(prefix) for tag in registry.tags() if tag.startswith(prefix))
