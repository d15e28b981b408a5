"""``pipeline remote job``: what `pipeline remote` runs on the VM."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from pipeline.core.errors import InputError
from pipeline.remote import detached


@click.group("job")
def command() -> None:
    """On a VM: start commands that survive a lost connection, and follow them."""


@command.command("start")
def start() -> None:
    """Start what the JSON on standard input describes (id, command, secrets, cwd); follow it."""
    try:
        request = json.loads(sys.stdin.buffer.read())
        values = [request[key] for key in ("id", "command", "secrets", "cwd")]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "this is not a valid request", "leave this command to `pipeline remote run`"
        ) from error
    identity, wanted, secrets, folder = values
    _follow(detached.start(identity, wanted, secrets, Path(folder)), 0)


@command.command("follow")
@click.argument("identity", default="")
@click.option(
    "--offset", type=click.IntRange(0), default=0, help="Number of bytes already received."
)
def follow(identity: str, offset: int) -> None:
    """Print a command's output, and end with its exit code. Default: the newest."""
    _follow(detached.find(identity), offset)


@command.command("work", hidden=True)
@click.argument("folder", type=click.Path(path_type=Path))
def work(folder: Path) -> None:
    """Run the command of a job."""
    sys.exit(detached.work(folder) & 0xFF)


def _follow(job: detached.Job, offset: int) -> None:
    def write(data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    sys.exit(detached.follow(job, offset, write))
