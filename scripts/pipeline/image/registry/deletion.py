"""Delete one tag of a registry, and never an image.

In a registry, deleting means deleting a manifest, and with it every tag that names it: also
`uat-v1.2.3` next to `prod-v1.2.3`. So a tag is first given a manifest of its own, which is deleted
then. Docker Hub deletes no manifests, but tags, through an interface of its own (`hub.py`).
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
        """Delete it; False when this registry cannot."""


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
