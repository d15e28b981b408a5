"""``pipeline privacy fetch``: copy PROD's database into a throwaway PostgreSQL."""

from __future__ import annotations

import time
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.remote import RemoteOptions, remote_options
from pipeline.cli.options.phrases import REFRESH_UAT
from pipeline.cli.options.step import source_option
from pipeline.core.settings import load
from pipeline.core.settings.environments import PROD, resolve
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
def command(source: Path, reach: RemoteOptions, confirm: str, into: str, image: str) -> None:
    """Stream PROD's database over SSH into a throwaway PostgreSQL. PROD is only read."""
    REFRESH_UAT.check(confirm)
    settings = load(source)
    environment = resolve(settings.project.name, settings.environments, PROD)
    target = ssh_target(PROD, reach.host, reach.user, reach.ssh_key, reach.known_hosts, reach.port)
    clock = time.monotonic()
    size = fetch_database(target, environment, into, image)
    seconds = time.monotonic() - clock
    click.echo(f"{environment.database} of {target.name}: {size / 1e6:.1f} MB in {seconds:.1f} s")
