"""``pipeline privacy fetch``: copy PROD's database into a throwaway PostgreSQL."""

from __future__ import annotations

import time
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.anonymization import declared
from pipeline.cli.options.environment.remote import RemoteOptions, remote_options
from pipeline.cli.options.phrases import REFRESH_UAT
from pipeline.cli.options.step import source_option
from pipeline.core.settings import load
from pipeline.core.settings.environments import PROD, resolve
from pipeline.core.wording import counted
from pipeline.privacy.refresh.fetch import fetch_database
from pipeline.remote.target import ssh_target


@tree.command(prints="progress")
@source_option
@remote_options
@REFRESH_UAT.option
@click.option(
    "--into",
    required=True,
    help="Empty database, by name or DSN, of the server that PGHOST, PGUSER, PGPASSWORD name.",
)
@click.option("--image", default="", help="What PROD must run, by digest; default: anything.")
@click.option(
    "--without-emptied",
    is_flag=True,
    help="Do not fetch the rows that the anonymization would delete: tables that it empties.",
)
def command(
    source: Path,
    reach: RemoteOptions,
    confirm: str,
    into: str,
    image: str,
    without_emptied: bool,
) -> None:
    """Stream PROD's database over SSH into a throwaway PostgreSQL. PROD is only read."""
    REFRESH_UAT.check(confirm)
    settings = load(source)
    environment = resolve(settings.project.name, settings.environments, PROD)
    target = ssh_target(PROD, reach.host, reach.user, reach.ssh_key, reach.known_hosts, reach.port)
    clock = time.monotonic()
    emptied = declared(source).empty if without_emptied else {}
    fetched = fetch_database(target, environment, into, image, emptied)
    seconds = time.monotonic() - clock
    click.echo(
        f"{environment.database} of {target.name}: {fetched.size / 1e6:.1f} MB in {seconds:.1f} s"
    )
    if fetched.left_out:
        count = counted(len(fetched.left_out), "table")
        click.echo(f"no row was fetched of {count} that the anonymization empties")
