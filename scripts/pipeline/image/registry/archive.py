"""An image as a tar archive in OCI layout, as `dagger … as-tarball` and skopeo write it."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dxf import hash_file

from pipeline.core.errors import InputError
from pipeline.core.references import check_digest
from pipeline.image.registry.repository import ImageManifest, digest_of

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"


@dataclass(frozen=True)
class UnpackedImage:
    """An unpacked image.

    Attributes:
        manifest: the manifest to push.
        blobs: its configuration and its layers, as files.
    """

    manifest: ImageManifest
    blobs: tuple[Path, ...]


@contextmanager
def opened(path: Path, created: str) -> Iterator[UnpackedImage]:
    """Unpack an archive for as long as the block lasts.

    Args:
        path: the archive, with one image.
        created: date of the commit, RFC 3339. It replaces all dates in the image's configuration:
            the engine writes the times of build and download there, and nothing else in it varies.

    Raises:
        InputError: not such an archive, or a damaged one.
    """
    with TemporaryDirectory() as folder:
        root = Path(folder)
        try:
            with tarfile.open(path) as archive:
                archive.extractall(root, filter="data")
            image = _read(root, created)
        except (OSError, tarfile.TarError, ValueError, LookupError, TypeError) as error:
            raise InputError(
                f"{path} is not an image in OCI layout: {error}",
                "use the file that `dagger call build as-tarball export --path image.tar` writes",
            ) from error
        yield image


def _read(root: Path, created: str) -> UnpackedImage:
    index = json.loads((root / "index.json").read_bytes())
    (entry,) = index["manifests"]
    manifest = json.loads(_blob(root, entry["digest"]).read_bytes())
    if manifest["mediaType"] != _MANIFEST:
        raise ValueError(f"{manifest['mediaType']} instead of one image")
    config = json.loads(_blob(root, manifest["config"]["digest"]).read_bytes())
    data = _text(_dated(config, created)).encode()
    file = root / "config.json"
    file.write_bytes(data)
    manifest["config"] = {"mediaType": _CONFIG, "digest": digest_of(data), "size": len(data)}
    layers = [_blob(root, layer["digest"]) for layer in manifest["layers"]]
    return UnpackedImage(ImageManifest(_text(manifest)), (file, *dict.fromkeys(layers)))


def _blob(root: Path, digest: str) -> Path:
    path = root / "blobs" / "sha256" / check_digest(digest).removeprefix("sha256:")
    if not path.is_file():
        raise ValueError(f"{digest} is missing")
    if hash_file(str(path)) != digest:
        raise ValueError(f"{digest} is damaged")
    return path


def _dated(config: dict[str, Any], created: str) -> dict[str, Any]:
    """A configuration without any date but the commit's."""
    history = [{**entry, "created": created} for entry in config.get("history", [])]
    return {**config, "created": created, "history": history}


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), sort_keys=True)
