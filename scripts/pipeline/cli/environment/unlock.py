"""``pipeline environment unlock``: show who has the lock, and end that process if necessary."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import environment_options, host_of
from pipeline.core.errors import InputError, Locked, TimeLimitError
from pipeline.core.process import liveness
from pipeline.environment.operations import start
from pipeline.environment.runs import lock
from pipeline.environment.runs.lock import Owner


@tree.command(lasts=True, prints="lines")
@environment_options
@click.option(
    "--force", is_flag=True, help="Ask its process to stop; it then rolls back automatically."
)
@click.option(
    "--seconds",
    type=float,
    default=None,
    help="Time limit for that; default: that of a command on the VM.",
)
def command(environment: str, source: Path | None, force: bool, seconds: float | None) -> None:
    """Show who has the lock.

    A dead process has none: what it left is for `pipeline environment resume`.
    """
    host = host_of(environment, source, checked=False)
    who = lock.holder(host.runs)
    if who is None:
        left = start.unfinished(host)
        click.echo("the lock is free")
        if left:
            names = ", ".join(past.name for past in left)
            click.echo(f"interrupted: {names}; `pipeline environment resume` finishes or undoes it")
        return
    text = f"{who.user} has been running `{who.what}` since {who.since}, process {who.pid}"
    if not force:
        raise Locked(text, "wait for it, or end it with --force: it then rolls back to its start")
    click.echo(f"{text}: it is asked to stop")
    _stop(who)
    seconds = seconds or host.environment.command_seconds
    deadline = time.monotonic() + seconds
    while lock.holder(host.runs) is not None:
        if time.monotonic() > deadline:
            raise TimeLimitError(
                f"process {who.pid} did not end within {seconds:g} s",
                f"kill -9 {who.pid}, then `pipeline environment resume`",
            )
        time.sleep(0.2)
    click.echo("the lock is free")


def _stop(who: Owner) -> None:
    if not liveness.alive(who):
        return
    try:
        os.kill(who.pid, signal.SIGTERM)
    except ProcessLookupError:
        pass  # it ended in the meantime
    except PermissionError as error:
        raise InputError(
            f"process {who.pid} belongs to {who.user}: this user cannot stop it",
            f"run this as {who.user}",
        ) from error
