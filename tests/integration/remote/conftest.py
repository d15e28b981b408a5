"""A real SSH server on the loopback, which runs what it is asked to, in a home of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import paramiko
import pytest

from bed import make_key


class _Door(paramiko.ServerInterface):
    def __init__(self, machine: LoopbackMachine) -> None:
        self.machine = machine

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        good = username == "ubuntu" and key.get_base64() == self.machine.user_key.split()[1]
        self.machine.logins.append(username)
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=self.machine.execute, args=(channel, command), daemon=True).start()
        return True


class LoopbackMachine:
    """The server.

    Attributes:
        commands: what was asked for.
        logins: who tried to log in.
        connections: how many there were.
        mangle: called with a command before it is run; may close the connection.
    """

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.host_key = make_key(folder / "host_key")
        self.user_key = make_key(folder / "user")
        self.key_file = folder / "user"
        self.key = paramiko.Ed25519Key(filename=str(folder / "host_key"))
        self.commands: list[str] = []
        self.logins: list[str] = []
        self.connections = 0
        self.mangle: Callable[[str, paramiko.Channel], None] = lambda command, channel: None
        self.transports: list[paramiko.Transport] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def known_hosts(self) -> str:
        return f"[127.0.0.1]:{self.port} {self.host_key}\n"

    def _serve(self) -> None:
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            transport = paramiko.Transport(stream)
            transport.add_server_key(self.key)
            self.transports.append(transport)
            try:
                transport.start_server(server=_Door(self))
            except (EOFError, OSError, paramiko.SSHException):
                transport.close()

    def execute(self, channel: paramiko.Channel, command: bytes) -> None:
        text = command.decode()
        self.commands.append(text)
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8"}
        process = subprocess.Popen(
            ["sh", "-c", text],
            cwd=self.home,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.mangle(text, channel)
        threads = [
            threading.Thread(target=pump, args=(process.stdout, channel.sendall), daemon=True),
            threading.Thread(
                target=pump, args=(process.stderr, channel.sendall_stderr), daemon=True
            ),
        ]
        for thread in threads:
            thread.start()
        with process:
            try:
                while data := channel.recv(65536):
                    process.stdin.write(data)
                process.stdin.close()
            except OSError:
                pass
            for thread in threads:
                thread.join()
        try:
            channel.send_exit_status(process.returncode)
            channel.close()
        except (EOFError, OSError, paramiko.SSHException):
            pass

    def cut(self) -> None:
        """Close every connection, as a network that breaks."""
        for transport in self.transports:
            transport.close()

    def stop(self) -> None:
        with contextlib.suppress(OSError):  # stopped already
            self.listener.shutdown(socket.SHUT_RDWR)  # also for the thread that waits in accept
        self.listener.close()
        self.cut()


def pump(stream, send) -> None:
    try:
        while data := stream.read1(65536):
            send(data)
    except (OSError, EOFError, paramiko.SSHException):
        pass


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[LoopbackMachine]:
    """The server, with a key of its own and one user, ubuntu."""
    folder = tmp_path / "machine"
    folder.mkdir()
    up = LoopbackMachine(folder)
    yield up
    up.stop()
