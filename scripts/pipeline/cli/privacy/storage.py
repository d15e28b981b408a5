"""``pipeline privacy storage``: where a throwaway PostgreSQL for PROD's database has its files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.anonymization import declared
from pipeline.cli.options.environment.remote import RemoteOptions, remote_options
from pipeline.cli.options.form import format_option
from pipeline.cli.options.phrases import REFRESH_UAT
from pipeline.cli.options.step import source_option
from pipeline.cli.output.tables import print_json
from pipeline.core.settings import load
from pipeline.core.settings.environments import PROD, resolve
from pipeline.privacy.refresh.fetch import fetched_size
from pipeline.privacy.refresh.storage import choose_storage, read_room
from pipeline.remote.target import ssh_target


@tree.command()
@source_option
@remote_options
@REFRESH_UAT.option
@click.option("--without-emptied", is_flag=True, help="As of `privacy fetch`.")
@click.option(
    "--impossible", default="", help="Why files cannot be encrypted here; default: they can."
)
@format_option
def command(
    source: Path,
    reach: RemoteOptions,
    confirm: str,
    without_emptied: bool,
    impossible: str,
    form: str,
) -> None:
    """Decide whether a throwaway server for PROD's database fits into this machine's memory, or
    has its files encrypted on the disk. PROD is asked for sizes only."""
    REFRESH_UAT.check(confirm)
    settings = load(source)
    environment = resolve(settings.project.name, settings.environments, PROD)
    target = ssh_target(PROD, reach.host, reach.user, reach.ssh_key, reach.known_hosts, reach.port)
    emptied = declared(source).empty if without_emptied else {}
    size = fetched_size(target, environment, emptied)
    forced = settings.anonymization.encrypted
    chosen = choose_storage(size, read_room(), encrypted=forced, impossible=impossible)
    click.echo(f"the throwaway server's files are {chosen.why}", err=form == "json")
    if form == "json":
        print_json(asdict(chosen))
