"""A git server over SSH on loopback, in place of git.odoo.sh: sshd, git-shell, bare repositories.

These tests exist only where there is an sshd. The container of the Python tests has one ([python]
apt in pipeline.toml), and `make test` runs them there (tests/e2e/test_odoo_sh.py).
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.cli.options.phrases import DEPLOY_ODOO_SH
from pipeline.core.process import run

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
if SSHD is None:
    collect_ignore_glob = ["test_*.py"]

REPO = "customer/production"


def make_key(path: Path, *options: str) -> Path:
    """A new key pair; the private half has this path."""
    run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(path), *options))
    return path


@dataclass
class Server:
    """The git server.

    Attributes:
        folder: keys, settings, log; the repositories lie in ``home``.
        port: where it listens.
        process: the running sshd.
    """

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def home(self) -> Path:
        """Where the git account's paths begin."""
        return self.folder / "home"

    @property
    def bare(self) -> Path:
        """The customer's repository."""
        return self.home / REPO

    @property
    def address(self) -> str:
        """As --git-host takes it."""
        return f"{getpass.getuser()}@127.0.0.1:{self.port}"

    @property
    def known_hosts(self) -> str:
        """The line that pins it."""
        kind, key, *_ = (self.folder / "host.pub").read_text().split()
        return f"[127.0.0.1]:{self.port} {kind} {key}\n"

    @property
    def log(self) -> str:
        """What sshd wrote."""
        return (self.folder / "log").read_text() if (self.folder / "log").exists() else ""

    def start(self) -> None:
        """Start it, on the port that it had before, if any."""
        if not self.port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        settings = {
            "ListenAddress": f"127.0.0.1:{self.port}",
            "HostKey": self.folder / "host",
            "AuthorizedKeysFile": self.folder / "authorized_keys",
            "PidFile": "none",
            "StrictModes": "no",
            "UsePAM": "no",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "PermitRootLogin": "prohibit-password",
        }
        text = "".join(f"{key} {value}\n" for key, value in settings.items())
        (self.folder / "sshd_config").write_text(text)
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where sshd locks its unprivileged half in
        assert SSHD is not None
        log = ("-E", str(self.folder / "log"))
        self.process = subprocess.Popen([SSHD, "-D", *log, "-f", str(self.folder / "sshd_config")])
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, self.log
                time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None
        # A child for a connection that was closed again may hold the port a moment longer.
        deadline = time.monotonic() + 20
        with contextlib.suppress(OSError):
            while time.monotonic() < deadline:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                time.sleep(0.02)

    def allow(self, key: Path, before: str = "") -> None:
        """Let a key in, to git-shell alone; ``before`` is run first."""
        shell = f'cd {self.home} && {before} exec git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"'
        public = key.with_suffix(".pub").read_text()
        (self.folder / "authorized_keys").write_text(f'restrict,command="{shell}" {public}')

    def hook(self, name: str, script: str) -> None:
        """A hook of the customer's repository."""
        path = self.bare / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def git(self, *arguments: str) -> str:
        """Ask the customer's repository."""
        return run(("git", f"--git-dir={self.bare}", *arguments), ok=(0, 1, 128)).stdout.strip()

    def head(self, branch: str = "main") -> str:
        """Where a branch is; empty where there is none."""
        return self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")


@pytest.fixture
def server() -> Iterator[Server]:
    """A running server with an empty repository, and a key that it lets in."""
    folder = Path(tempfile.mkdtemp(prefix="git-server-"))
    made = Server(folder)
    run(("git", "init", "-q", "--bare", "-b", "main", str(made.bare)))
    make_key(folder / "host")
    made.allow(make_key(folder / "key"))
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
def source(tmp_path: Path, git_in: Callable[..., str], make_addon: Callable[..., Path]) -> Path:
    """A project with one add-on and one commit."""
    make_addon("project/addons/sold")
    root = tmp_path / "project"
    git_in(root, "init", "-q", "-b", "main")
    git_in(root, "add", "-A")
    git_in(root, "commit", "-q", "-m", "First")
    return root


@pytest.fixture
def commit(source: Path, git_in: Callable[..., str]) -> Callable[..., str]:
    """Write files into the source, commit them, and return the commit's id."""

    def write(message: str, files: dict[str, str] | None = None) -> str:
        for name, text in (files or {f"{message}.txt": message}).items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(text, encoding="utf-8")
        git_in(source, "add", "-A")
        git_in(source, "commit", "-q", "-m", message)
        return git_in(source, "rev-parse", "HEAD")

    return write


@pytest.fixture
def odoo_sh(
    server: Server, source: Path, tmp_path: Path, run_pipeline: Callable[..., tuple[int, str]]
):
    """Run a command for Odoo.sh on the server; options given replace those that are right."""
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(server.known_hosts)

    def call(command: str, *more: str, **changed: object) -> tuple[int, str]:
        options: dict[str, object] = {
            "host": "customer.odoo.sh",
            "repo": REPO,
            "git-host": server.address,
            "ssh-key": server.folder / "key",
            "known-hosts": known_hosts,
        }
        if command == "deploy":
            options |= {"source": source, "confirm": DEPLOY_ODOO_SH.text}
        options |= {key.replace("_", "-"): value for key, value in changed.items()}
        given = [f"--{key}={value}" for key, value in options.items() if value is not None]
        return run_pipeline("odoo-sh", command, *given, *more)

    return call


@pytest.fixture
def deployed(odoo_sh, server):
    """The first commit is on Odoo.sh."""
    code, said = odoo_sh("deploy")
    assert code == 0, said
    return server.head()
