"""The test bed: VMs to deploy to, and a registry to deploy from.

The VMs are services of the Dagger engine that this project's engine set-up runs, the registry is
that engine's mirror; both are reached at addresses of the engine's bridge, from here and from the
containers of a `dagger call` alike.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT = Path(__file__).parents[2]
#: Seconds until a VM must have booted: the first time its image is built.
BOOT_SECONDS = 300


@dataclass(frozen=True)
class Answer:
    """A command on a VM that ended."""

    code: int
    out: str


def make_key(file: Path) -> str:
    """Write a new SSH key pair, ``file`` and ``file.pub``; returns the public line."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    file.touch(mode=0o600)
    file.write_bytes(private)
    file.with_name(f"{file.name}.pub").write_bytes(public + b"\n")
    return public.decode()


class Machine:
    """A VM that is up: user ubuntu as a pipeline knows it, and root for faults."""

    def __init__(self, name: str, keys: Path, address: str) -> None:
        self.name = name
        self.address = address
        self.user = "ubuntu"
        self.key = keys / "user"
        self.host_key = (keys / "host_key.pub").read_text().strip()
        self._root_key = keys / "root"
        self._client: paramiko.SSHClient | None = None

    @property
    def known_hosts(self) -> str:
        """The line that pins the VM's host key."""
        return f"{self.address} {self.host_key}\n"

    def root(
        self, command: str, *, input: bytes = b"", ok: bool = True, timeout: float = 120
    ) -> Answer:
        """Run a shell command as root; its output and its errors in one text."""
        channel = self._transport().open_session(timeout=20)
        with channel:
            channel.settimeout(timeout)
            channel.set_combine_stderr(True)
            channel.exec_command(command)
            channel.sendall(input)
            channel.shutdown_write()
            text = channel.makefile("rb").read().decode(errors="replace")
            answer = Answer(channel.recv_exit_status(), text)
        assert answer.code == 0 or not ok, f"{self.name}: {command}\n{text}"
        return answer

    def write(
        self, path: str, content: str | bytes, mode: str = "644", owner: str = "root"
    ) -> None:
        """Write a file on the VM, with its folders."""
        data = content.encode() if isinstance(content, str) else content
        name, folder = shlex.quote(path), shlex.quote(str(Path(path).parent))
        self.root(
            f"mkdir -p {folder} && cat > {name} && chmod {mode} {name} && chown {owner}: {name}",
            input=data,
        )

    def upload(self, archive: bytes, folder: str) -> None:
        """Unpack a tar archive into a folder of the VM."""
        place = shlex.quote(folder)
        self.root(f"mkdir -p {place} && tar -xC {place}", input=archive)

    def reboot(self, timeout: float = 60) -> None:
        """Cut the power, and wait until sshd and Docker are back."""
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            self.root(
                "init=$(cat /run/machine.pid) && rm /run/machine.pid && kill -USR1 $init", ok=False
            )
        self.disconnect()
        self.wait(timeout)

    def wait(self, timeout: float) -> None:
        """Wait until the VM takes connections and its Docker answers."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                if self.root("docker info && cat /run/machine.pid", ok=False).code == 0:
                    return
            except (OSError, EOFError, paramiko.SSHException):
                self.disconnect()
            assert time.monotonic() < deadline, f"{self.name} does not boot"
            time.sleep(0.2)

    def reset(self) -> None:
        """Make it a VM on which nothing was ever deployed. Images of the mirror stay."""
        self.root("bash -s", input=RESET.encode())

    def disconnect(self) -> None:
        """Forget the connection; the next command makes another."""
        if self._client is not None:
            self._client.close()
        self._client = None

    def _transport(self) -> paramiko.Transport:
        if self._client is None:
            client = paramiko.SSHClient()
            kind, key = self.host_key.split()[:2]
            entry = paramiko.hostkeys.HostKeyEntry.from_line(f"{self.address} {kind} {key}")
            assert entry is not None
            client.get_host_keys().add(self.address, kind, entry.key)
            client.connect(
                self.address,
                username="root",
                key_filename=str(self._root_key),
                look_for_keys=False,
                allow_agent=False,
                timeout=5,
                banner_timeout=5,
            )
            self._client = client
        transport = self._client.get_transport()
        assert transport is not None
        return transport


#: Everything that a deployment leaves. Processes first: they would make new things.
RESET = r"""
for unit in /etc/systemd/system/*.service; do
  [ -f "$unit" ] && [ ! -L "$unit" ] && systemctl disable -q "$(basename "$unit")" && rm -f "$unit"
done
iptables -F INPUT; iptables -F OUTPUT
for process in $(pgrep -u ubuntu) $(pgrep -f '\.pyz|/pipeline '); do kill -9 "$process"; done
docker ps -aq | xargs -r docker rm -f -v >/dev/null
docker volume ls -q | xargs -r docker volume rm -f >/dev/null
docker network prune -f >/dev/null
docker images --format '{{.Repository}} {{.ID}}' | grep -Ev '^(odoo|postgres|nginx) ' |
  cut -d' ' -f2 | sort -u | xargs -r docker rmi -f >/dev/null
mount | grep -o ' on /\(opt\|backups\)[^ ]*' | cut -d' ' -f3 | sort -r | xargs -r umount -l
umount -l /mnt/disk 2>/dev/null; rm -rf /srv/disk
rm -rf /opt/* /backups /var/lib/odoo-mta /usr/local/bin/docker-compose
rm -rf /usr/local/bin/docker /usr/local/lib/bed /run/bed
rm -f /usr/local/lib/python3*/dist-packages/bed.pth
find /home/ubuntu -mindepth 1 -maxdepth 1 ! -name .ssh -exec rm -rf {} +
gpasswd -d ubuntu docker >/dev/null 2>&1
true
"""


@contextlib.contextmanager
def machine(name: str, keys: Path, log: Path) -> Iterator[Machine]:
    """Boot a VM and hold it up for the block."""
    keys.mkdir(parents=True, exist_ok=True)
    for key in ("host_key", "user", "root"):
        make_key(keys / key)
    port = _free_port()
    arguments = ["machine", "--name", name, "--keys", str(keys), "--session", secrets.token_hex(8)]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            ["dagger", "--progress=plain", "call", "-m", str(ROOT / "tests" / "bed")]
            + [*arguments, "up", "--ports", f"{port}:22"],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        up = Machine(name, keys, _address(port, keys, process, log))
        up.wait(60)
        up.reset()
        yield up
        up.disconnect()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _address(port: int, keys: Path, process: subprocess.Popen[bytes], log: Path) -> str:
    """The VM's address on the engine's bridge, which it says itself through the tunnel."""
    deadline = time.monotonic() + BOOT_SECONDS
    while True:
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.WarningPolicy())
        try:
            key = (keys / "host_key.pub").read_text().split()
            entry = paramiko.hostkeys.HostKeyEntry.from_line(f"here {key[0]} {key[1]}")
            assert entry is not None
            client.get_host_keys().add(f"[127.0.0.1]:{port}", key[0], entry.key)
            client.connect(
                "127.0.0.1",
                port,
                "root",
                key_filename=str(keys / "root"),
                look_for_keys=False,
                allow_agent=False,
                timeout=5,
                banner_timeout=5,
            )
            _, out, _ = client.exec_command("hostname -I")
            return out.read().decode().split()[0]
        except (OSError, EOFError, paramiko.SSHException) as error:
            assert process.poll() is None, log.read_text(errors="replace")[-3000:]
            assert time.monotonic() < deadline, f"no VM within {BOOT_SECONDS} s: {error}"
            time.sleep(0.5)
        finally:
            client.close()
