"""``pipeline remote run``: the commands of a VM, from anywhere."""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path, PurePosixPath

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.on_vm import on_vm
from pipeline.cli.options.environment.remote import RemoteOptions, content, remote_options
from pipeline.cli.options.step import source_option
from pipeline.core.settings import FILE_NAME, load
from pipeline.core.settings.environments import NAMES, resolve


@tree.command(prints="what the command prints", context_settings={"ignore_unknown_options": True})
@source_option
@click.option(
    "--environment", type=click.Choice(NAMES), required=True, help="The VM's environment."
)
@remote_options
@click.option(
    "--secret-file",
    "secret_files",
    type=(str, click.Path(path_type=Path)),
    multiple=True,
    metavar="OPTION FILE",
    help="Pass OPTION to the command on the VM, with a file that has this content, in memory only.",
)
@click.option("--id", "identity", default="", help="Name of the job, for `attach`.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
def command(
    source: Path,
    environment: str,
    reach: RemoteOptions,
    secret_files: tuple[tuple[str, Path], ...],
    identity: str,
    command: tuple[str, ...],
) -> None:
    """Run COMMAND on a VM: one of `pipeline environment`, with its options. Commands that change
    something keep running on the VM when the connection breaks or this process ends; `attach`
    follows
    them again, and ends with their exit code.
    """
    session = reach.session(environment)
    settings = load(source)
    home = PurePosixPath(
        resolve(settings.project.name, settings.environments, environment).directory
    )
    values = {option: content(option, path) for option, path in secret_files}
    name, found = tree.find(("environment", *command))
    verb, options = name[1:], command[len(name) - 1 :]
    wanted = [*verb, "--environment", environment, *options]
    given = {option: value for option, value in values.items() if value}
    if verb == ("attach",):
        answer = session.attach(options[0] if options else "")
    elif isinstance(found, tree.Command) and found.lasts:
        if found.before_settings:
            home, given["--settings"] = PurePosixPath("/"), _settings(source)
        identity = identity or f"{'-'.join(verb)}-{secrets.token_hex(4)}"
        answer = session.lasting(identity, on_vm(wanted, given), given, home)
    else:  # it is read-only: no reason to keep running without a reader
        sent = ""
        if isinstance(found, tree.Command) and found.before_settings:
            home, sent = PurePosixPath("/"), _settings(source)
            wanted += ["--settings", "-", "--clock", str(time.time())]
        answer = session.plain(on_vm(wanted), home, sent.encode())
    if answer.err.strip():
        click.echo(answer.err.rstrip(), err=True)
    sys.exit(answer.code)


def _settings(source: Path) -> str:
    path = source / FILE_NAME
    return path.read_text(encoding="utf-8") if path.exists() else "# the defaults\n"
