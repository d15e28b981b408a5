"""The registry of the test bed: images made of one that is there and one layer more, in no time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import secrets
import tarfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

ADDRESS = "10.87.0.1:5000"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_ACCEPT = f"{_MANIFEST}, application/vnd.docker.distribution.manifest.v2+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


class Registry:
    """A place of this session's own in the mirror registry."""

    def __init__(self) -> None:
        self.repository = f"test-{secrets.token_hex(4)}/odoo-mta"
        self.name = f"{ADDRESS}/{self.repository}"

    def push(
        self,
        tag: str,
        files: Mapping[str, str],
        labels: Mapping[str, str] = {},
        base: str = "library/odoo:19.0",
        config: Mapping[str, Any] = {},
    ) -> str:
        """Push an image: a base of the mirror and these files (path: text); returns its digest.

        Args:
            tag: tag in this session's repository.
            files: absolute paths and texts.
            labels: labels in addition to those of the base.
            base: repository and tag in the mirror.
            config: keys of the image's configuration to replace, such as ``Cmd``.
        """
        source, base_tag = base.split(":")
        manifest = json.loads(self._ask("GET", f"{source}/manifests/{base_tag}"))
        manifest.setdefault("mediaType", _MANIFEST)
        image = json.loads(self._ask("GET", f"{source}/blobs/{manifest['config']['digest']}"))
        for layer in manifest["layers"]:
            self._mount(layer["digest"], source)
        plain = _tar(files)
        packed = gzip.compress(plain, compresslevel=1, mtime=0)
        manifest["layers"].append(
            {"mediaType": _LAYER, "size": len(packed), "digest": self._blob(packed)}
        )
        image["rootfs"]["diff_ids"].append(_digest(plain))
        image.setdefault("history", []).append({"created_by": "test bed"})
        image["config"].setdefault("Labels", {})
        image["config"]["Labels"] = {**(image["config"]["Labels"] or {}), **labels}
        image["config"].update(config)
        body = json.dumps(image).encode()
        manifest["config"].update(size=len(body), digest=self._blob(body))
        return self.tag(tag, json.dumps(manifest).encode(), manifest["mediaType"])

    def tag(self, tag: str, manifest: bytes, kind: str = _MANIFEST) -> str:
        """Put a manifest under a tag; returns its digest."""
        self._ask("PUT", f"{self.repository}/manifests/{tag}", manifest, kind)
        return _digest(manifest)

    def manifest(self, reference: str) -> bytes:
        """The manifest behind a tag or a digest."""
        return self._ask("GET", f"{self.repository}/manifests/{reference}")

    def digest(self, tag: str) -> str:
        """The digest that a tag names."""
        return _digest(self.manifest(tag))

    def delete(self, digest: str) -> None:
        """Delete a manifest, and with it every tag that names it."""
        self._ask("DELETE", f"{self.repository}/manifests/{digest}")

    def _mount(self, digest: str, source: str) -> None:
        path = f"{self.repository}/blobs/uploads/?mount={digest}&from={source}"
        self._ask("POST", path, b"")

    def _blob(self, data: bytes) -> str:
        digest = _digest(data)
        with self._open("POST", f"{self.repository}/blobs/uploads/", b"") as answer:
            place = answer.headers["Location"]
        separator = "&" if "?" in place else "?"
        url = place if place.startswith("http") else f"http://{ADDRESS}{place}"
        self._send("PUT", f"{url}{separator}digest={digest}", data, "application/octet-stream")
        return digest

    def _ask(self, method: str, path: str, data: bytes | None = None, kind: str = "") -> bytes:
        with self._open(method, path, data, kind) as answer:
            return bytes(answer.read())

    def _open(self, method: str, path: str, data: bytes | None = None, kind: str = "") -> Any:
        return self._send(method, f"http://{ADDRESS}/v2/{path}", data, kind)

    def _send(self, method: str, url: str, data: bytes | None, kind: str) -> Any:
        headers = {"Accept": _ACCEPT, **({"Content-Type": kind} if kind else {})}
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            return opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            raise AssertionError(f"{method} {url}: {error.code} {text}") from None


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _tar(files: Mapping[str, str]) -> bytes:
    """A layer: its files' times come from their content, as the Dockerfile makes them."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path, text in sorted(files.items()):
            data = text.encode()
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(data), 0o644
            entry.mtime = 1_000_000_000 + int(hashlib.sha256(data).hexdigest()[:7], 16)
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()
