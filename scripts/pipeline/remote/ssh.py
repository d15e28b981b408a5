"""The only module that opens SSH connections: pinned host keys, time limits, clear errors."""

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
from typing import Any

import paramiko

from pipeline.core import limits
from pipeline.core.errors import ConnectionLost, SshError
from pipeline.remote import keys, known_hosts
from pipeline.remote.known_hosts import KnownHosts
from pipeline.remote.sftp import SftpFiles
from pipeline.remote.target import SshTarget

_KEY_TYPES: tuple[type[paramiko.PKey], ...] = (
    paramiko.Ed25519Key,
    paramiko.ECDSAKey,
    paramiko.RSAKey,
)
#: An RSA key can sign with several algorithms.
_SIGNED_BY = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")}


@dataclass(frozen=True)
class Answer:
    """A finished remote command."""

    code: int
    out: bytes
    err: str


class Connection:
    """A logged-in connection."""

    def __init__(self, client: paramiko.SSHClient, target: SshTarget) -> None:
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
            argv: program and arguments; each arrives unchanged, whatever it contains.
            stdin: its input, at once or in chunks as they arrive. An error of their source ends the
                program's input early: its result must not be used.
            timeout: seconds without any output after which it counts as lost; None: no limit.
            listen: receives its output as it is printed; without it, the result has it.

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
            with contextlib.suppress(OSError):  # the program ended without reading everything
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
                raise EOFError("no exit status was received")
            return Answer(code, out.getvalue(), errors.getvalue().decode("utf-8", "replace"))

    @contextlib.contextmanager
    def files(self) -> Iterator[SftpFiles]:
        """The files of the server over SFTP, for the block. An answer that does not come in time
        is an OSError of the call.

        Raises:
            SshError: the server does not offer SFTP to this user.
        """
        try:
            client = self._client.open_sftp()
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise SshError(
                f"{self._target.name} does not offer SFTP to {self._target.user}: {_why(error)}",
                "allow it in the server's sshd_config: `Subsystem sftp internal-sftp`",
            ) from error
        with contextlib.closing(client):
            channel = client.get_channel()
            assert channel is not None
            channel.settimeout(limits.ANSWER)
            yield SftpFiles(client)


def _drain(channel: paramiko.Channel, into: io.BytesIO) -> None:
    with contextlib.suppress(OSError):
        while data := channel.recv_stderr(65536):
            into.write(data)


@contextlib.contextmanager
def connect_ssh(target: SshTarget) -> Iterator[Connection]:
    """Log in, for the block.

    Raises:
        SshError: unreachable, another host key, none pinned, login refused, an unusable key.
    """
    client = paramiko.SSHClient()
    policy = _Pinned(target)
    client.set_missing_host_key_policy(policy)
    key = load_key(target) if policy.kinds else None
    try:
        stream = _socket(target)
        client.connect(
            target.host,
            target.port,
            target.user,
            pkey=key or paramiko.RSAKey.generate(2048),  # never used: the policy raises first
            sock=stream,
            allow_agent=False,
            look_for_keys=False,
            banner_timeout=limits.CONNECT,
            auth_timeout=limits.CONNECT,
            timeout=limits.CONNECT,
            transport_factory=policy.transport,
        )
    except paramiko.AuthenticationException as error:
        client.close()
        raise SshError(
            f"{target.name} refuses {target.user}'s key",
            f"make sure that {target.user} there has the public key of "
            f"{target.secret}_SSH_KEY in "
            "~/.ssh/authorized_keys",
        ) from error
    except (OSError, EOFError, paramiko.SSHException) as error:
        client.close()
        raise SshError(
            f"{target.name} cannot be reached: {_why(error)}",
            f"check {target.address}, its SSH server and the firewall",
        ) from error
    except BaseException:
        client.close()
        raise
    transport = client.get_transport()
    assert transport is not None
    transport.set_keepalive(limits.KEEPALIVE)
    with contextlib.closing(client):
        yield Connection(client, target)


def load_key(target: SshTarget) -> paramiko.PKey:
    """The private key of a target.

    Raises:
        SshError: not a private key, or one with a passphrase.
    """
    option = f"--ssh-key (secret {target.secret}_SSH_KEY)"
    text = keys.read(target.key.read_text(encoding="utf-8"), option)
    for kind in _KEY_TYPES:
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise keys.unused(option)


def fingerprint(key: paramiko.PKey) -> str:
    """A key's fingerprint, as ssh-keygen prints it."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


class _Pinned(paramiko.MissingHostKeyPolicy):
    """Only a pinned key is trusted, never the first one seen.

    The client has no known hosts, so it asks this policy about each one, before it logs in.
    """

    def __init__(self, target: SshTarget) -> None:
        self._target = target
        known = _pinned(target)
        # As OpenSSH: without a line for the port, those for the host alone count.
        self._found = known.lookup(target.name) or known.lookup(target.host)
        self._revoked = {
            entry.key
            for name in (target.name, target.host)
            for entry in known.lookup(name, known_hosts.REVOKED)
        }

    @property
    def kinds(self) -> tuple[str, ...]:
        """The algorithms of the pinned keys."""
        found = dict.fromkeys(entry.kind for entry in self._found)
        return tuple(name for kind in found for name in _SIGNED_BY.get(kind, (kind,)))

    def transport(self, *given: Any, **options: Any) -> paramiko.Transport:
        """A transport that asks the server for a key of a pinned type first."""
        transport = paramiko.Transport(*given, **options)
        security = transport.get_security_options()
        first = [kind for kind in self.kinds if kind in security.key_types]
        security.key_types = [*first, *(kind for kind in security.key_types if kind not in first)]
        return transport

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        if key.asbytes() in self._revoked or self._found:
            if key.asbytes() in {entry.key for entry in self._found} - self._revoked:
                return
            raise _changed(self._target, key)
        target = self._target
        raise SshError(
            f"the host key of {target.name} is not pinned. It shows the {key.get_name()} key "
            f"{fingerprint(key)}",
            "run on the VM's console `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`; when the "
            f"fingerprint is the same, pin it: give --known-hosts (secret {target.secret}"
            f"_KNOWN_HOSTS) this line:\n{target.name} {key.get_name()} {key.get_base64()}",
        )


def _changed(target: SshTarget, key: paramiko.PKey) -> SshError:
    return SshError(
        f"{target.name} shows another host key than the pinned one: {key.get_name()} "
        f"{fingerprint(key)}",
        "nothing was sent. Was the VM reinstalled? Compare the fingerprint on its console, then "
        f"change {target.secret}_KNOWN_HOSTS; otherwise somebody is intercepting the connection",
    )


def _pinned(target: SshTarget) -> KnownHosts:
    try:
        return known_hosts.parse(target.known_hosts)
    except ValueError as error:
        raise SshError(
            f"--known-hosts (secret {target.secret}_KNOWN_HOSTS): line {error} is not a valid "
            f"host key",
            "use lines printed by `ssh-keyscan -t ed25519 <host>`, after comparing",
        ) from error


def _socket(target: SshTarget) -> socket.socket:
    stream = socket.create_connection((target.host, target.port), limits.CONNECT)
    with contextlib.suppress(OSError, AttributeError):  # not every system has it
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, limits.DEAD * 1000)
    return stream


def _lost(target: SshTarget, error: BaseException) -> ConnectionLost:
    return ConnectionLost(
        f"the connection to {target.name} was lost: {_why(error)}",
        "what was started on the VM keeps running there: check with `status`, follow with `attach`",
    )


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, paramiko.ssh_exception.NoValidConnectionsError):
        return "connection refused"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
