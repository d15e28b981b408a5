"""One repository in a registry: manifests, tags and blobs. python-dxf speaks the protocol.

Whatever a registry answers, here it becomes a value or one error that says who answered what.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

import requests
from dxf import DXF, DXFBase
from dxf.exceptions import (
    DXFAuthInsecureError,
    DXFError,
    DXFUnauthorizedError,
)

from pipeline.console import one_line
from pipeline.errors import RegistryError
from pipeline.images.names import DOCKER_HUB, Repository, check_digest

T = TypeVar("T")
#: Docker Hub's registry is not the host of its name.
_HOSTS = {DOCKER_HUB: "registry-1.docker.io"}
#: Seconds without a byte, then the registry counts as gone.
_SILENCE = 60.0
#: What may be over in a moment is tried so often, with pauses that double.
_TRIES, _PAUSE, _LONGEST_PAUSE = 4, 1.0, 20.0
_PASSING = (408, 429, 500, 502, 503, 504)
#: Tags that an error names.
_SHOWN = 12
_LARGEST_MANIFEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Credentials:
    """A user of a registry; the token never shows."""

    username: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Access:
    """How a registry is talked to.

    Attributes:
        credentials: None: as anybody.
        insecure: over plain HTTP. Credentials are never sent there.
        authorities: file with the certificate authorities to trust; None: the usual ones.
    """

    credentials: Credentials | None = None
    insecure: bool = False
    authorities: Path | None = None


@dataclass(frozen=True)
class Manifest:
    """A manifest as it lies in a registry; its digest is that of these very bytes."""

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
        repository: where images are.
        access: how to get there.
    """

    def __init__(self, repository: Repository, access: Access) -> None:
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
        client.authenticate(
            user and user.username, user and user.token, response=response  # type: ignore[arg-type]
        )

    def manifest(self, name: str) -> Manifest | None:
        """The manifest of a tag or a digest; None when there is none.

        Raises:
            RegistryError: anything but a yes or a no; bytes that are not those of the digest.
        """
        return self._try(f"read {name}", lambda: self._manifest(name))

    def _manifest(self, name: str) -> Manifest | None:
        try:
            text, response = self._client.get_manifest_and_response(name)
        except requests.HTTPError as error:
            if self._says_absent(error):
                return None
            raise
        if len(text) > _LARGEST_MANIFEST or not isinstance(json.loads(text), dict):
            raise ValueError("a manifest is a small JSON object")
        manifest = Manifest(text)
        said = response.headers.get("Docker-Content-Digest", manifest.digest)
        asked = name if name.startswith("sha256:") else said
        for expected in (said, asked):
            if manifest.digest != expected:
                raise ValueError(f"bytes of {manifest.digest} under the digest {expected}")
        return manifest

    @staticmethod
    def _says_absent(error: requests.HTTPError) -> bool:
        """Whether a registry says so, and not a web server that knows no such page."""
        if error.response.status_code != 404:
            return False
        try:
            codes = {problem["code"] for problem in error.response.json()["errors"]}
        except (ValueError, LookupError, TypeError):
            return False
        return bool(codes & {"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "NOT_FOUND"})

    def require(self, name: str) -> Manifest:
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
                f"check the name; there is: {', '.join(there) or 'nothing yet'}",
            )
        return found

    def put(self, tag: str, manifest: Manifest) -> None:
        """Let a tag, or the manifest's own digest, name this manifest."""
        self._try(f"write {tag}", lambda: self._client.set_manifest(tag, manifest.text))

    def tags(self) -> tuple[str, ...]:
        """All tags, sorted; none for a repository that is not there yet."""

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
        """A blob. Raises RegistryError when it is larger than ``limit``, or is another."""

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
        """Delete a manifest, and with it every tag that names it; False: it deletes none."""

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
        """Do it, more than once when what went wrong may pass."""
        pause = _PAUSE
        for again in (True,) * (_TRIES - 1) + (False,):
            try:
                return call()
            except _EXPECTED as error:
                wait = _wait(error) if again else None
                if wait is None:
                    raise self._explain(action, error) from error
            time.sleep(min(max(wait, pause), _LONGEST_PAUSE))
            pause *= 2
        raise AssertionError("the last try returns or raises")

    def _explain(self, action: str, error: Exception) -> RegistryError:
        where = f"{self.repository.registry}: cannot {action} in {self.repository.name}"
        user = self.access.credentials
        if isinstance(error, DXFAuthInsecureError):
            return RegistryError(
                f"{where}: the registry wants a login, and plain HTTP would show the token to all",
                "use a registry with TLS; --ca-file names a certificate authority of your own",
            )
        if _distrusts(error):
            return RegistryError(
                f"{where}: its certificate is not trusted, or it does not speak TLS",
                "check its name; --ca-file trusts an authority of your own, --insecure says HTTP",
            )
        if isinstance(error, _BROKEN):
            return RegistryError(
                f"{where}: the registry did not answer, or stopped in the middle",
                "check its name and that it runs, then do the same again: what is there is kept",
            )
        status = _status(error)
        if status in (401, 403):
            who = f"the user {user.username!r}" if user else "anonymous access"
            return RegistryError(
                f"{where}: it refuses {who} ({status})",
                "check user name and token, and that the token may write to this repository",
            )
        if status == 404:
            return RegistryError(
                f"{where}: there is no such repository or no registry at this address (404)",
                "check [image] registry and repository in pipeline.toml, or the arguments",
            )
        if status == 429:
            return RegistryError(
                f"{where}: too many requests (429)",
                "wait as long as the registry asks for, then do the same again",
            )
        if status is not None:
            return RegistryError(
                f"{where}: it answered {status}{_own_words(error)}",
                "look at the registry's log and its disk, then do the same again",
            )
        return RegistryError(
            f"{where}: what it answers is not what a registry answers ({_short(error)})",
            "check the address: a proxy or another server may stand there",
        )


#: Nobody there, or gone in the middle.
_BROKEN = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
#: What the library raises when a registry refuses, is away, or answers nonsense.
_EXPECTED = (requests.RequestException, DXFError) + (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)


def _distrusts(error: Exception) -> bool:
    """Whether TLS itself failed, and not the connection below it."""
    return isinstance(error, requests.exceptions.SSLError) and "EOF" not in str(error)


def _status(error: Exception) -> int | None:
    if isinstance(error, DXFUnauthorizedError):
        return 401
    if isinstance(error, requests.HTTPError):
        return int(error.response.status_code)
    return None


def _wait(error: Exception) -> float | None:
    """Seconds after which another try makes sense; None: it makes none."""
    if _distrusts(error):
        return None
    if isinstance(error, _BROKEN):
        return 0.0
    if _status(error) not in _PASSING:
        return None
    assert isinstance(error, requests.HTTPError)
    asked = error.response.headers.get("Retry-After", "")
    seconds = float(asked) if asked.isdigit() else 0.0
    return seconds if seconds <= _LONGEST_PAUSE else None


def _own_words(error: Exception) -> str:
    """What the registry says to its own error, in one line."""
    assert isinstance(error, requests.HTTPError)
    try:
        first = error.response.json()["errors"][0]
        return f": {one_line(str(first['message']), 200)}"
    except (ValueError, LookupError, TypeError):
        return ""


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {one_line(str(error), 120)}"
