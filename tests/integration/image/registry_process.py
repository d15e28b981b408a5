"""A registry that runs as a process of this machine: Debian's docker-registry."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

USER, NAME = "tester", "team/app"


@dataclass
class RegistryProcess:
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
