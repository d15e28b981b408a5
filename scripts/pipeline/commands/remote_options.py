"""What the commands that reach a VM over SSH have in common."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline.errors import InputError
from pipeline.remote.session import Session
from pipeline.remote.target import target

F = TypeVar("F", bound=Callable[..., Any])
_OPTIONS = ("host", "port", "user", "ssh_key", "known_hosts", "again_seconds")


@dataclass(frozen=True)
class RemoteOptions:
    """The options as given."""

    host: str
    port: int
    user: str
    ssh_key: Path | None
    known_hosts: Path | None
    again_seconds: float

    def session(self, environment: str) -> Session:
        """A session with the VM, everything checked; nothing is contacted yet.

        Raises:
            InputError: as :func:`pipeline.remote.target.target` does.
        """
        aim = target(environment, self.host, self.user, self.ssh_key, self.known_hosts, self.port)
        return Session(aim, write, note, self.again_seconds)


def remote_options(function: F) -> F:
    """Add the options of an SSH connection; the command gets them as ``reach``."""

    @click.option("--host", default="", help="Name or address of the VM.")
    @click.option("--port", default=22, show_default=True, help="Port of its SSH server.")
    @click.option("--user", default="", help="Who logs in there.")
    @click.option("--ssh-key", type=click.Path(path_type=Path), help="File with the private key.")
    @click.option(
        "--known-hosts",
        type=click.Path(path_type=Path),
        help="File with the line that pins the VM's host key.",
    )
    @click.option(
        "--again-seconds",
        default=300.0,
        show_default=True,
        help="Try a lost connection again for so long.",
    )
    @functools.wraps(function)
    def wrapped(**arguments: Any) -> Any:
        reach = RemoteOptions(**{name: arguments.pop(name) for name in _OPTIONS})
        return function(reach=reach, **arguments)

    return wrapped  # type: ignore[return-value]


def content(option: str, path: Path) -> str:
    """The text of a file with a secret. Raises InputError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{option}: {path} cannot be read", "check the file") from error


def write(data: bytes) -> None:
    """Hand on what the VM prints, as it comes."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def note(text: str) -> None:
    """Tell what happens to the connection."""
    click.echo(text, err=True)
