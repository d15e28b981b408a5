"""The one module that opens SSH connections: pinned host keys, time limits, clear errors."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import shlex
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import paramiko

from pipeline import limits
from pipeline.errors import ConnectionLost, SshError
from pipeline.remote.target import Target

_KEY_TYPES: tuple[type[paramiko.PKey], ...] = (
    paramiko.Ed25519Key,
    paramiko.ECDSAKey,
    paramiko.RSAKey,
)


@dataclass(frozen=True)
class Answer:
    """A remote command that ended."""

    code: int
    out: bytes
    err: str


class Connection:
    """A connection that is logged in."""

    def __init__(self, client: paramiko.SSHClient, target: Target) -> None:
        self._client = client
        self._target = target

    def run(
        self,
        argv: Sequence[str],
        stdin: bytes | Iterable[bytes] = b"",
        timeout: float | None = limits.ANSWER,
        listen: Callable[[bytes], None] | None = None,
    ) -> Answer:
        """Run a program on the VM to its end.

        Args:
            argv: program and arguments; each arrives as it is, whatever is in it.
            stdin: what it reads, in one piece or in pieces as they come. An error of their source
                ends the program's input early: what it made of that must not be used.
            timeout: seconds without any output after which it counts as lost; None: no limit.
            listen: gets its output as it comes; without it, the answer has it.

        Raises:
            ConnectionLost: the connection broke before the program ended.
        """
        try:
            return self._run(shlex.join(argv), stdin, timeout, listen)
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise _lost(self._target, error) from error

    def _run(
        self,
        command: str,
        stdin: bytes | Iterable[bytes],
        timeout: float | None,
        listen: Callable[[bytes], None] | None,
    ) -> Answer:
        transport = self._client.get_transport()
        if transport is None or not transport.is_active():
            raise EOFError("it is closed")
        with transport.open_session(timeout=limits.CONNECT) as channel:
            channel.settimeout(timeout)
            channel.exec_command(command)
            errors = io.BytesIO()
            reader = threading.Thread(target=_drain, args=(channel, errors), daemon=True)
            reader.start()
            with contextlib.suppress(OSError):  # it ended without reading everything
                for piece in (stdin,) if isinstance(stdin, bytes) else stdin:
                    channel.sendall(piece)
                channel.shutdown_write()
            out = io.BytesIO()
            while data := channel.recv(65536):
                (listen or out.write)(data)
            reader.join(limits.CONNECT)
            if not channel.exit_status_ready() and not transport.is_active():
                raise EOFError("it closed")
            channel.status_event.wait(limits.CONNECT)
            code = channel.exit_status
            if code == -1:
                raise EOFError("no exit status came")
            return Answer(code, out.getvalue(), errors.getvalue().decode("utf-8", "replace"))


def _drain(channel: paramiko.Channel, into: io.BytesIO) -> None:
    with contextlib.suppress(OSError):
        while data := channel.recv_stderr(65536):
            into.write(data)


@contextlib.contextmanager
def connect(target: Target) -> Iterator[Connection]:
    """Log in, for the block.

    Raises:
        SshError: unreachable, another host key, none pinned, login refused, an unusable key.
    """
    client = paramiko.SSHClient()
    pinned = _pinned(target)
    client._host_keys = pinned  # type: ignore[attr-defined]  # there is no setter
    client.set_missing_host_key_policy(_Unknown(target, bool(pinned.lookup(target.name))))
    key = load_key(target) if pinned.lookup(target.name) else None
    try:
        stream = _socket(target)
        client.connect(
            target.host,
            target.port,
            target.user,
            pkey=key or paramiko.RSAKey.generate(2048),  # never used: the policy stops before
            sock=stream,
            allow_agent=False,
            look_for_keys=False,
            banner_timeout=limits.CONNECT,
            auth_timeout=limits.CONNECT,
            timeout=limits.CONNECT,
        )
    except paramiko.BadHostKeyException as error:
        client.close()
        raise _changed(target, error.key) from error
    except paramiko.AuthenticationException as error:
        client.close()
        raise SshError(
            f"{target.name} refuses {target.user}'s key",
            f"see that {target.user} on the VM has the public part of {target.secret}_SSH_KEY in "
            "~/.ssh/authorized_keys",
        ) from error
    except (OSError, EOFError, paramiko.SSHException) as error:
        client.close()
        raise SshError(
            f"{target.name} cannot be reached: {_why(error)}",
            f"check {target.secret}_HOST, the VM's SSH server and the firewall",
        ) from error
    except BaseException:
        client.close()
        raise
    transport = client.get_transport()
    assert transport is not None
    transport.set_keepalive(limits.KEEPALIVE)
    with contextlib.closing(client):
        yield Connection(client, target)


def load_key(target: Target) -> paramiko.PKey:
    """The private key of a target.

    Raises:
        SshError: it is no private key, or one with a passphrase.
    """
    option = f"--ssh-key (secret {target.secret}_SSH_KEY)"
    # Secrets are pasted: without the last line's end, or with those of another system.
    text = target.key.read_text(encoding="utf-8").replace("\r\n", "\n").strip() + "\n"
    for kind in _KEY_TYPES:
        try:
            return kind.from_private_key(io.StringIO(text))
        except paramiko.PasswordRequiredException as error:
            raise SshError(
                f"{option} has a passphrase", "give a key without one, made for this purpose"
            ) from error
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise SshError(
        f"{option} is no private key that can be read",
        "give the whole file, from BEGIN to END: Ed25519, ECDSA or RSA",
    )


def fingerprint(key: paramiko.PKey) -> str:
    """A key's fingerprint, as ssh-keygen prints it."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


class _Unknown(paramiko.MissingHostKeyPolicy):
    """Nothing is trusted because it was seen first."""

    def __init__(self, target: Target, has_others: bool) -> None:
        self._target = target
        self._has_others = has_others

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        if self._has_others:
            raise _changed(self._target, key)
        target = self._target
        raise SshError(
            f"the host key of {target.name} is not pinned. It shows the {key.get_name()} key "
            f"{fingerprint(key)}",
            "on the VM's console run `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`; when the "
            f"fingerprint is the same, pin it: give --known-hosts (secret {target.secret}"
            f"_KNOWN_HOSTS) this line:\n{target.name} {key.get_name()} {key.get_base64()}",
        )


def _changed(target: Target, key: paramiko.PKey) -> SshError:
    return SshError(
        f"{target.name} shows another host key than the pinned one: {key.get_name()} "
        f"{fingerprint(key)}",
        "nothing was sent. Was the VM set up anew? Compare the fingerprint on its console, then "
        f"change {target.secret}_KNOWN_HOSTS; otherwise somebody is in between",
    )


def _pinned(target: Target) -> paramiko.HostKeys:
    keys = paramiko.HostKeys()
    for number, line in enumerate(target.known_hosts.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            entry = paramiko.hostkeys.HostKeyEntry.from_line(line.strip(), number)
        except (paramiko.SSHException, paramiko.hostkeys.InvalidHostKey):
            entry = None
        if entry is None or entry.key is None or not entry.hostnames:
            raise SshError(
                f"--known-hosts (secret {target.secret}_KNOWN_HOSTS): line {number} is no host key",
                "give lines as `ssh-keyscan -t ed25519 <host>` prints them, after comparing",
            )
        for name in entry.hostnames:
            keys.add(name, entry.key.get_name(), entry.key)
    return keys


def _socket(target: Target) -> socket.socket:
    stream = socket.create_connection((target.host, target.port), limits.CONNECT)
    with contextlib.suppress(OSError, AttributeError):  # not every system has it
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, limits.DEAD * 1000)
    return stream


def _lost(target: Target, error: BaseException) -> ConnectionLost:
    return ConnectionLost(
        f"the connection to {target.name} was lost: {_why(error)}",
        "what was started on the VM goes on there: ask with `status`, follow with `attach`",
    )


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, paramiko.ssh_exception.NoValidConnectionsError):
        return "connection refused"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
