"""A real SSH server on the loopback, which runs what it is asked to, in a home of its own; and has
its files over SFTP: by OpenSSH's program where there is one, otherwise by paramiko's."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import paramiko

from bed import make_key

SFTP_SERVER = Path("/usr/lib/openssh/sftp-server")


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

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        if name != "sftp" or not self.machine.sftp:
            return False
        if not SFTP_SERVER.exists():
            return super().check_channel_subsystem_request(channel, name)
        command = str(SFTP_SERVER).encode()
        threading.Thread(target=self.machine.execute, args=(channel, command), daemon=True).start()
        return True


class _File(paramiko.SFTPHandle):
    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class _Files(paramiko.SFTPServerInterface):
    """The files of this machine, as far as a place of copies asks for them."""

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        return _answered(lambda: [_attributes(Path(path) / one) for one in os.listdir(path)])

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        return _answered(lambda: _attributes(Path(path)))

    lstat = stat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes):
        handle = _File(flags)

        def opened() -> paramiko.SFTPHandle:
            descriptor = os.open(path, flags, 0o640)
            writing = flags & os.O_WRONLY
            handle.readfile = handle.writefile = os.fdopen(descriptor, "wb" if writing else "rb")
            return handle

        return _answered(opened)

    def remove(self, path: str) -> int:
        return _answered(lambda: os.unlink(path))

    def rename(self, oldpath: str, newpath: str) -> int:
        return _answered(lambda: os.rename(oldpath, newpath))

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        return _answered(lambda: os.mkdir(path, attr.st_mode or 0o777))

    def rmdir(self, path: str) -> int:
        return _answered(lambda: os.rmdir(path))


def _attributes(path: Path) -> paramiko.SFTPAttributes:
    return paramiko.SFTPAttributes.from_stat(path.stat(), path.name)


def _answered(ask: Callable):
    try:
        found = ask()
        return paramiko.SFTP_OK if found is None else found
    except OSError as error:
        return paramiko.SFTPServer.convert_errno(error.errno)


class LoopbackMachine:
    """The server.

    Attributes:
        commands: what was asked for.
        logins: who tried to log in.
        connections: how many there were.
        sftp: whether it offers SFTP.
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
        self.sftp = True
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
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files)
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
                    process.stdin.flush()
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
