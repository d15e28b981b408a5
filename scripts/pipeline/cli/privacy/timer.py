"""``pipeline privacy timer``: write the systemd units that make a copy every night."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline import __version__
from pipeline.cli import tree
from pipeline.cli.options.phrases import REFRESH_UAT
from pipeline.cli.options.place import the_place
from pipeline.cli.options.step import source_option
from pipeline.core import files
from pipeline.core.errors import InputError
from pipeline.core.settings import load
from pipeline.privacy.copies.units import NightlyCopy

_UNITS = Path("/etc/systemd/system")
#: Anybody may read a unit: its secrets are elsewhere.
_READABLE = 0o644


@tree.command(prints="progress")
@source_option
@REFRESH_UAT.option
@click.option("--host", default="", help="Name or address of PROD's VM.")
@click.option("--user", "login", default="", help="User to log in as there.")
@click.option("--at", default="02:30", show_default=True, help="Time of day.")
@click.option("--run-as", default="", help="Account of this machine that may use Docker.")
@click.option("--directory", default="", help="Clone of the repository on this machine.")
@click.option(
    "--dagger", "program", default="/usr/local/bin/dagger", show_default=True, help="The program."
)
@click.option(
    "--module",
    default=f"github.com/resultrum/odoo-mta@v{__version__}",
    show_default=True,
    help="The pipeline.",
)
@click.option(
    "--to",
    "address",
    default="",
    help="The place, as sftp://user@host/path, with the account that may write; default: "
    "[anonymization] copies.",
)
@click.option("--registry-user", default="", help="User of the registry, if it needs a login.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=_UNITS,
    show_default=True,
    help="Directory for the units.",
)
def command(
    source: Path,
    confirm: str,
    host: str,
    login: str,
    at: str,
    run_as: str,
    directory: str,
    program: str,
    module: str,
    address: str,
    registry_user: str,
    output: Path,
) -> None:
    """Write a service and a timer that make a copy for laptops every night, and print what is
    left to do. Nothing is started, and no secret is asked for.
    """
    REFRESH_UAT.check(confirm)
    given = {"--host": host, "--user": login, "--run-as": run_as, "--directory": directory}
    if missing := [option for option, value in given.items() if not value.strip()]:
        raise InputError(f"missing: {', '.join(missing)}", "pass them")
    settings = load(source)
    place = the_place(address, settings, "--to", in_container=True)
    units = NightlyCopy(
        project=settings.project.name,
        phrase=confirm,
        at=at,
        user=run_as,
        directory=directory,
        dagger=program,
        module=module,
        host=host,
        login=login,
        place=place,
        registry_user=registry_user,
    )
    try:
        for suffix, text in (("service", units.service()), ("timer", units.timer())):
            files.write(output / f"{units.name}.{suffix}", text, _READABLE)
    except OSError as error:
        raise InputError(
            f"the units cannot be written to {output}: {error.strerror}",
            "run it with sudo, or give --output",
        ) from error
    click.echo(f"{output / units.name}.service and .timer: {place}, every night at {at}")
    click.echo(f"put these secrets into {units.secrets_folder}, a file each, readable by root:")
    for secret in units.secrets:
        click.echo(f"  {secret}")
    click.echo("then: sudo systemctl daemon-reload")
    click.echo(f"      sudo systemctl start {units.name}.service    # the first copy")
    click.echo(f"      sudo systemctl enable --now {units.name}.timer")
