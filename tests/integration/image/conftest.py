"""A real registry (Debian's docker-registry) with TLS and a login, and small images for it."""

from __future__ import annotations

import datetime
import hashlib
import io
import ipaddress
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import bcrypt
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, NAME = "tester", "team/app"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow one another at once."""
    monkeypatch.setattr("pipeline.image.registry.retries._PAUSE", 0.01)
    monkeypatch.setattr("pipeline.image.registry.retries._LONGEST_PAUSE", 0.02)


@dataclass
class Registry:
    """A registry as a process. What `options` gives reaches it with the right to write."""

    folder: Path
    configuration: dict[str, Any]
    certificate: Path
    token: str
    limit: int | None = None
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def storage(self) -> Path:
        return self.folder / "storage"

    @property
    def options(self) -> list[str]:
        return [
            *("--registry", self.host, "--repository", NAME, "--username", USER),
            *("--token-file", str(self.folder / "token"), "--ca-file", str(self.certificate)),
        ]

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.port = self.port or free_port()
        self.configuration["http"]["addr"] = self.host
        file = self.folder / "config.yml"
        file.write_text(yaml.safe_dump(self.configuration))
        program = shutil.which("docker-registry")
        assert program, "the package docker-registry is missing: apt-get install docker-registry"
        limited = [] if self.limit is None else ["prlimit", f"--fsize={self.limit}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*limited, program, "serve", str(file)], stdout=log, stderr=log
            )
        wait_for(lambda: can_connect(self.port), "the registry does not start")

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def tags(self) -> list[str]:
        """The tags, from its own disk."""
        folder = self.storage / "docker/registry/v2/repositories" / NAME / "_manifests/tags"
        if not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if (path / "current/link").is_file())

    def digest(self, tag: str) -> str:
        """What a tag names, from its own disk."""
        folder = self.storage / "docker/registry/v2/repositories" / NAME / "_manifests/tags"
        return (folder / tag / "current/link").read_text()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def can_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def wait_for(condition: Callable[[], bool], otherwise: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "registry of a test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "registry.crt", folder / "registry.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@pytest.fixture
def make_registry(tmp_path, certificate) -> Iterator[Callable[..., Registry]]:
    """Make a registry that runs: ``make_registry(deletes=False)``."""
    made: list[Registry] = []

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
        registry = Registry(folder, configuration, certificate[0], token, limit)
        registry.start()
        made.append(registry)
        return registry

    yield make
    for registry in made:
        registry.kill()


@pytest.fixture
def registry(make_registry) -> Registry:
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


@dataclass
class StandIn:
    """An HTTP server that answers as it is told, and remembers what it was asked."""

    answers: Callable[[str, str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@pytest.fixture
def stand_in() -> Iterator[Callable[..., StandIn]]:
    """Start one: ``stand_in(lambda method, path, headers, body: (status, headers, body))``."""
    servers = []

    def start(answers: Callable[..., tuple[int, dict[str, str], bytes]]) -> StandIn:
        this = StandIn(answers)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                asked = (self.command, self.path, dict(self.headers), self.rfile.read(length))
                this.asked.append(asked)
                status, headers, body = this.answers(*asked)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        this.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return this

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


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
