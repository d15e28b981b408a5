"""``pipeline remote``: the commands of a VM, from anywhere."""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path, PurePosixPath

import click

from pipeline.commands.remote_options import RemoteOptions, content, remote_options
from pipeline.commands.step import source_option
from pipeline.core.environments import NAMES, resolve
from pipeline.core.errors import InputError
from pipeline.core.settings import FILE_NAME, load

#: They only look: no reason to go on without anybody who reads.
LOOKING = ("status", "history", "logs", "backups")
#: They do something: it goes on whatever happens to the connection.
LASTING = (
    *(
        "deploy",
        "rollback",
        "load-refresh",
        "resume",
        "backup",
        "verify-backups",
        "prune-backups",
        "unlock",
        "outbox",
    ),
    *("prepare-vm", "doctor"),
)
#: Before `prepare-vm` there is no directory to run them in, and no settings but those given here.
_ANYWHERE = ("prepare-vm", "doctor")


@click.command("remote", context_settings={"ignore_unknown_options": True})
@source_option
@click.option("--environment", type=click.Choice(NAMES), required=True, help="Which VM it is.")
@remote_options
@click.option(
    "--secret-file",
    "secret_files",
    type=(str, click.Path(path_type=Path)),
    multiple=True,
    metavar="OPTION FILE",
    help="Give the command on the VM OPTION with a file that has this content, in memory only.",
)
@click.option("--id", "identity", default="", help="Name for what is started, for `attach`.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
def command(
    source: Path,
    environment: str,
    reach: RemoteOptions,
    secret_files: tuple[tuple[str, Path], ...],
    identity: str,
    command: tuple[str, ...],
) -> None:
    """Run COMMAND on a VM: deploy, status, rollback and so on, with the options it has there.

    What changes something goes on on the VM when the connection breaks or this process ends;
    `attach` follows it again, and ends as it ends.
    """
    session = reach.session(environment)
    settings = load(source)
    home = PurePosixPath(
        resolve(settings.project.name, settings.environments, environment).directory
    )
    values = {option: content(option, path) for option, path in secret_files}
    name, *options = command
    wanted = [name, "--environment", environment, *options]
    if name == "attach":
        answer = session.attach(options[0] if options else "")
    elif name in LASTING:
        given = {option: value for option, value in values.items() if value}
        if name in _ANYWHERE:
            home, given["--settings"] = PurePosixPath("/"), _settings(source)
        if name == "doctor":
            wanted += ["--clock", str(time.time())]
        identity = identity or f"{name}-{secrets.token_hex(4)}"
        answer = session.lasting(identity, wanted, given, home)
    elif name in LOOKING:
        answer = session.plain(wanted, home)
    else:
        raise InputError(
            f"{name!r} is no command of a VM", f"use one of: attach, {', '.join(LOOKING + LASTING)}"
        )
    if answer.err.strip():
        click.echo(answer.err.rstrip(), err=True)
    sys.exit(answer.code)


def _settings(source: Path) -> str:
    path = source / FILE_NAME
    return path.read_text(encoding="utf-8") if path.exists() else "# the defaults\n"
