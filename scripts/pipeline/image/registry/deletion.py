"""Delete one tag of a registry, and never an image.

A registry can only delete a manifest, and with it every tag of it: `prod-v1.2.3` together with
`uat-v1.2.3`. So a tag first gets its own manifest, which is then deleted. Docker Hub deletes tags
instead of manifests, through its own API (`hub.py`).
"""

from __future__ import annotations

import json
import uuid
from typing import Protocol

from pipeline.core.errors import RegistryError
from pipeline.image.registry.repository import ImageManifest, Registry

_EMPTY = "application/vnd.oci.empty.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Deletion(Protocol):
    """A way to delete one tag and nothing else."""

    def delete_tag(self, tag: str) -> bool:
        """Delete the tag; False when this registry cannot."""


class ByManifest:
    """Deletion in a registry that only deletes manifests."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def delete_tag(self, tag: str) -> bool:
        """Give the tag its own manifest and delete that; restore the tag if that fails."""
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

    def _decoy(self) -> ImageManifest:
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
        return ImageManifest(json.dumps(manifest, sort_keys=True))
