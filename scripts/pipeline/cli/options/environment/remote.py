"""Options that the commands using SSH share."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pipeline.cli.options import Decorated
from pipeline.core.errors import InputError
from pipeline.remote.session import Session
from pipeline.remote.target import ssh_target

_OPTIONS = ("host", "port", "user", "ssh_key", "known_hosts", "again_seconds")


@dataclass(frozen=True)
class RemoteOptions:
    """The given options."""

    host: str
    port: int
    user: str
    ssh_key: Path | None
    known_hosts: Path | None
    again_seconds: float
    prefix: str = ""

    def session(self, environment: str) -> Session:
        """A session with the VM, with checked options; nothing is contacted yet.

        Raises:
            InputError: as :func:`pipeline.remote.target.target` does.
        """
        target = ssh_target(
            *(environment, self.host, self.user, self.ssh_key, self.known_hosts, self.port),
            self.prefix,
        )
        return Session(target, write, note, self.again_seconds)


def remote_options(function: Decorated) -> Decorated:
    """Add the options of an SSH connection; the command gets them as ``reach``."""
    return _options(function, "reach", "", "the VM")


def prod_options(function: Decorated) -> Decorated:
    """Add the options of a second connection, to PROD; the command gets them as ``prod``."""
    return _options(function, "prod", "prod-", "PROD's VM")


def _options(function: Decorated, argument: str, prefix: str, whose: str) -> Decorated:
    names = {name: f"{prefix}{name}".replace("-", "_") for name in _OPTIONS}
    file = click.Path(path_type=Path)

    @click.option(f"--{prefix}host", default="", help=f"Name or address of {whose}.")
    @click.option(f"--{prefix}port", default=22, show_default=True, help="Port of its SSH server.")
    @click.option(f"--{prefix}user", default="", help="User to log in as.")
    @click.option(f"--{prefix}ssh-key", type=file, help="File with the private key.")
    @click.option(
        f"--{prefix}known-hosts",
        type=file,
        help=f"File with the line that pins {whose}'s host key.",
    )
    @click.option(
        f"--{prefix}again-seconds",
        default=300.0,
        show_default=True,
        help="Seconds to keep retrying a lost connection.",
    )
    @functools.wraps(function)
    def wrapped(**arguments: Any) -> Any:
        given = {name: arguments.pop(option) for name, option in names.items()}
        return function(**{argument: RemoteOptions(**given, prefix=prefix)}, **arguments)

    return wrapped


def content(option: str, path: Path) -> str:
    """The text of a file with a secret. Raises InputError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{option}: {path} cannot be read", "check the file") from error


def write(data: bytes) -> None:
    """Print what the VM prints, as it comes."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def note(text: str) -> None:
    """Report what happens to the connection."""
    click.echo(text, err=True)
