"""One repository in a registry: manifests, tags and blobs. python-dxf speaks the protocol.

Every answer of a registry becomes a value, or one error that names the registry and its answer.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

import requests
from dxf import DXF, DXFBase

from pipeline.core.errors import RegistryError
from pipeline.core.references import DOCKER_HUB, Repository, check_digest
from pipeline.image.registry.retries import attempt

T = TypeVar("T")
#: Docker Hub's registry has another host name.
_HOSTS = {DOCKER_HUB: "registry-1.docker.io"}
#: Seconds without data until the registry counts as unreachable.
_SILENCE = 60.0
#: Number of tags that an error lists.
_SHOWN = 12
_LARGEST_MANIFEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Credentials:
    """A user of a registry; the token is never shown."""

    username: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class RegistryAccess:
    """How to connect to a registry.

    Attributes:
        credentials: None: anonymously.
        insecure: over plain HTTP. Credentials are never sent there.
        authorities: file with the certificate authorities to trust; None: the usual ones.
    """

    credentials: Credentials | None = None
    insecure: bool = False
    authorities: Path | None = None


@dataclass(frozen=True)
class ImageManifest:
    """A manifest as stored in a registry; its digest is that of exactly these bytes."""

    text: str

    @property
    def digest(self) -> str:
        """``sha256:…``."""
        return digest_of(self.text.encode())


def digest_of(data: bytes) -> str:
    """The digest of bytes, as registries write it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Registry:
    """One repository, reached with one user's rights.

    Args:
        repository: where the images are.
        access: how to connect.
    """

    def __init__(self, repository: Repository, access: RegistryAccess) -> None:
        self.repository = repository
        self.access = access
        self._client = DXF(
            _HOSTS.get(repository.registry, repository.registry),
            repository.name,
            self._log_in,
            insecure=access.insecure,
            tlsverify=str(access.authorities) if access.authorities else True,
            timeout=_SILENCE,
        )

    def _log_in(self, client: DXFBase, response: requests.Response) -> None:
        user = self.access.credentials
        if user is None:
            client.authenticate(response=response)
        else:
            client.authenticate(user.username, user.token, response=response)

    def manifest(self, name: str) -> ImageManifest | None:
        """The manifest of a tag or a digest; None when there is none.

        Raises:
            RegistryError: an unclear answer, or content that does not match the digest.
        """
        return self._try(f"read {name}", lambda: self._manifest(name))

    def _manifest(self, name: str) -> ImageManifest | None:
        try:
            text, response = self._client.get_manifest_and_response(name)
        except requests.HTTPError as error:
            if self._says_absent(error):
                return None
            raise
        if len(text) > _LARGEST_MANIFEST or not isinstance(json.loads(text), dict):
            raise ValueError("a manifest is a small JSON object")
        manifest = ImageManifest(text)
        said = response.headers.get("Docker-Content-Digest", manifest.digest)
        asked = name if name.startswith("sha256:") else said
        for expected in (said, asked):
            if manifest.digest != expected:
                raise ValueError(f"bytes of {manifest.digest} under the digest {expected}")
        return manifest

    @staticmethod
    def _says_absent(error: requests.HTTPError) -> bool:
        """Whether the answer comes from a registry, not from a web server without such a page."""
        if error.response.status_code != 404:
            return False
        try:
            codes = {problem["code"] for problem in error.response.json()["errors"]}
        except (ValueError, LookupError, TypeError):
            return False
        return bool(codes & {"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "NOT_FOUND"})

    def require(self, name: str) -> ImageManifest:
        """The manifest of a tag or a digest.

        Raises:
            RegistryError: there is none.
        """
        found = self.manifest(name)
        if found is None:
            mark = "@" if name.startswith("sha256:") else ":"
            there = [tag for tag in self.tags() if not tag.startswith("sha256-")][-_SHOWN:]
            raise RegistryError(
                f"there is no {self.repository}{mark}{name}",
                f"check the name; existing ones: {', '.join(there) or 'nothing yet'}",
            )
        return found

    def put(self, tag: str, manifest: ImageManifest) -> None:
        """Upload this manifest under a tag, or under its own digest."""
        self._try(f"write {tag}", lambda: self._client.set_manifest(tag, manifest.text))

    def tags(self) -> tuple[str, ...]:
        """All tags, sorted; none for a repository that does not exist yet."""

        def listed() -> tuple[str, ...]:
            try:
                names = self._client.list_aliases()
            except requests.HTTPError as error:
                if self._says_absent(error):
                    return ()
                raise
            if not all(isinstance(name, str) for name in names):
                raise ValueError("tags are strings")
            return tuple(sorted(names))

        return self._try("list the tags", listed)

    def upload(self, path: Path) -> str:
        """Upload a file, unless its content is there already, and return its digest."""
        return str(self._try(f"upload {path.name}", lambda: self._client.push_blob(str(path))))

    def upload_bytes(self, data: bytes) -> str:
        """Upload bytes, unless they are there already, and return their digest."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            return self.upload(Path(file.name))

    def download(self, digest: str, limit: int) -> bytes:
        """A blob. Raises RegistryError when it is larger than ``limit``, or has another digest."""

        def read() -> bytes:
            data = b""
            chunks = cast("Iterable[bytes]", self._client.pull_blob(check_digest(digest)))
            for chunk in chunks:
                data += chunk
                if len(data) > limit:
                    raise ValueError(f"larger than {limit} bytes")
            return data

        return self._try(f"read {digest}", read)

    def delete(self, digest: str) -> bool:
        """Delete a manifest with all its tags; False: the registry does not support that."""

        def erase() -> bool:
            try:
                self._client.del_alias(check_digest(digest))
            except requests.HTTPError as error:
                if error.response.status_code == 405:
                    return False
                raise
            return True

        return self._try(f"delete {digest}", erase)

    def _try(self, action: str, call: Callable[[], T]) -> T:
        where = f"{self.repository.registry}: cannot {action} in {self.repository.name}"
        user = self.access.credentials
        return attempt(where, user.username if user else None, call)
