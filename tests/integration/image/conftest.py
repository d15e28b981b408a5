"""A real registry (Debian's docker-registry) with TLS and a login, and small images for it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from http_stand_in import HttpStandIn, stand_ins
from own_certificate import write_certificate
from registry_process import USER, RegistryProcess


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow one another at once."""
    monkeypatch.setattr("pipeline.image.registry.retries._PAUSE", 0.01)
    monkeypatch.setattr("pipeline.image.registry.retries._LONGEST_PAUSE", 0.02)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    return write_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def stand_in() -> Iterator[Callable[..., HttpStandIn]]:
    """Start one: ``stand_in(lambda method, path, headers, body: (status, headers, body))``."""
    with stand_ins() as start:
        yield start


@pytest.fixture
def make_registry(tmp_path, certificate) -> Iterator[Callable[..., RegistryProcess]]:
    """Make a registry that runs: ``make_registry(deletes=False)``."""
    made: list[RegistryProcess] = []

    def make(deletes: bool = True, storage: Path | None = None, limit: int | None = None):
        folder = storage or tmp_path / f"registry{len(made)}"
        folder.mkdir(exist_ok=True)
        token = secrets.token_hex(16)
        (folder / "token").write_text(f"{token}\n")
        line = bcrypt.hashpw(token.encode(), bcrypt.gensalt(4)).decode()
        (folder / "htpasswd").write_text(f"{USER}:{line}\n")
        configuration = {
            "version": "0.1",
            "storage": {
                "filesystem": {"rootdirectory": str(folder / "storage")},
                "delete": {"enabled": deletes},
            },
            "http": {"tls": {"certificate": str(certificate[0]), "key": str(certificate[1])}},
            "auth": {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}},
        }
        registry = RegistryProcess(folder, configuration, certificate[0], token, limit)
        registry.start()
        made.append(registry)
        return registry

    yield make
    for registry in made:
        registry.kill()


@pytest.fixture
def registry(make_registry) -> RegistryProcess:
    """A registry that deletes."""
    return make_registry()


@pytest.fixture
def source(tmp_path, git_in) -> Path:
    """A checkout whose image is called 1.0.0."""
    root = tmp_path / "source"
    root.mkdir()
    git_in(root, "init", "-q", "-b", "main")
    (root / "pipeline.toml").write_text('[image]\nversion = "1.0.0"\n')
    git_in(root, "add", "-A")
    git_in(root, "commit", "-q", "-m", "first")
    return root


@pytest.fixture
def make_image(tmp_path) -> Callable[..., Path]:
    """Write an image in OCI layout: ``make_image(b"layer", b"another", built="2026-…")``."""

    def make(*layers: bytes, built: str = "2026-11-01T12:00:00.5Z") -> Path:
        files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}

        def blob(data: bytes) -> dict[str, Any]:
            digest = hashlib.sha256(data).hexdigest()
            files[f"blobs/sha256/{digest}"] = data
            return {"digest": f"sha256:{digest}", "size": len(data)}

        config = {
            "architecture": "amd64",
            "os": "linux",
            "created": built,
            "config": {"Labels": {"org.opencontainers.image.title": "app"}},
            "rootfs": {
                "type": "layers",
                "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers],
            },
            "history": [{"created": built, "created_by": "a test"} for _ in layers],
        }
        kind = "application/vnd.oci.image"
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{kind}.manifest.v1+json",
            "config": {
                "mediaType": f"{kind}.config.v1+json",
                **blob(json.dumps(config).encode()),
            },
            "layers": [{"mediaType": f"{kind}.layer.v1.tar", **blob(layer)} for layer in layers],
        }
        entry = {"mediaType": manifest["mediaType"], **blob(json.dumps(manifest).encode())}
        files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
        path = tmp_path / f"image-{secrets.token_hex(4)}.tar"
        with tarfile.open(path, "w") as archive:
            for name, data in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        return path

    return make


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Callable[[int], Path | None]]:
    """A file system of so many bytes, or None where nothing may be mounted."""
    mounted = []

    def make(size: int) -> Path | None:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
            return None
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)
