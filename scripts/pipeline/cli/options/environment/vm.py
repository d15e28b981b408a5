"""Options that the commands on a virtual machine share."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli.options import Decorated
from pipeline.cli.output.events import tell
from pipeline.core.errors import SettingsError
from pipeline.core.process import work_in
from pipeline.core.settings import FILE_NAME, Settings, load, loads, read_file
from pipeline.core.settings.environments import NAMES, resolve
from pipeline.environment.host.host import Host
from pipeline.environment.host.image_store import RegistryLogin
from pipeline.environment.machine import preflight
from pipeline.environment.operations.start import Caller


def environment_options(function: Decorated) -> Decorated:
    """Add ``--environment`` and ``--source``."""
    function = click.option(
        "--source",
        type=click.Path(path_type=Path),
        default=None,
        help=f"Folder of {FILE_NAME}; default: the current one if it has the file.",
    )(function)
    return click.option(
        "--environment", type=click.Choice(NAMES), required=True, help="The VM's environment."
    )(function)


def run_options(function: Decorated) -> Decorated:
    """Add the options of commands that take the lock."""
    file = click.Path(path_type=Path)
    for option in (
        click.option("--id", "identity", default="", help="A name for this run, to attach to it."),
        click.option("--wait", type=float, default=0.0, help="Seconds to wait for the lock."),
        click.option("--link", default="", help="Address of the CI run, for alerts."),
        click.option(
            "--webhook-file",
            type=file,
            default=None,
            help="File with the webhook URL of the team's channel; default: SLACK_WEBHOOK_URL.",
        ),
        click.option("--registry-user", default="", help="User of the registry."),
        click.option(
            "--registry-token-file",
            type=file,
            default=None,
            help="File with the registry's password, `-`: standard input; default: docker's own "
            "login.",
        ),
    ):
        function = option(function)
    return function


def settings_option(function: Decorated) -> Decorated:
    """Add ``--settings``: while the machine has no clone yet, the caller sends them."""
    return click.option(
        "--settings",
        type=click.Path(path_type=Path, allow_dash=True),
        default=Path("pipeline.toml"),
        show_default=True,
        help="The project's settings; `-`: standard input.",
    )(function)


def read_settings(path: Path) -> Settings:
    """The settings of ``--settings``. Raises SettingsError when they are invalid."""
    if str(path) == "-":
        return loads(sys.stdin.read())
    return read_file(path)


def host_of(environment: str, source: Path | None, checked: bool = True) -> Host:
    """The VM for a command.

    Args:
        environment: ``uat`` or ``prod``.
        source: folder of pipeline.toml; default: the current one.
        checked: whether `.env` must be complete, and this environment's.

    Raises:
        PipelineError: the settings or `.env` are missing or invalid.
    """
    folder = source or Path(".")
    if not (folder / FILE_NAME).is_file():
        raise SettingsError(
            f"there is no {FILE_NAME} in {folder.absolute()}",
            "run this in the environment's directory, or pass --source; `prepare` clones the "
            "repository there",
        )
    settings = load(folder)
    place = resolve(settings.project.name, settings.environments, environment)
    host = Host(place, tested_postgres=settings.odoo.postgres)
    work_in(host.environment.directory)
    if checked:
        preflight.variables(host.environment, host.dotenv)
    return host


def caller(
    identity: str,
    wait: float,
    link: str,
    webhook_file: Path | None,
    registry_user: str,
    registry_token_file: Path | None,
) -> Caller:
    """The caller, from :func:`run_options`."""
    return Caller(
        identity=identity,
        wait=wait,
        link=link,
        registry=RegistryLogin(registry_user, registry_token_file),
        webhook_file=webhook_file,
        listen=tell,
    )
