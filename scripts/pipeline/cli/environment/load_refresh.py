"""``pipeline environment load-refresh``: replace UAT's database with an anonymized dump."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import caller, environment_options, host_of, run_options
from pipeline.environment.operations import start
from pipeline.environment.operations.refresh import REFRESH, request


@tree.command(lasts=True, prints="events")
@environment_options
@run_options
@click.option(
    "--dump",
    type=click.Path(path_type=Path),
    required=True,
    help="The dump. However it ends, the file is removed.",
)
@click.option("--sha256", required=True, help="SHA-256 of the dump that was verified.")
@click.option(
    "--image",
    default="",
    help="Reference of the image that UAT must run: the dump was made for " "it.",
)
@click.option("--what", default="", help="Description of the dump, for the history.")
@click.option(
    "--anonymized/--not-anonymized",
    default=True,
    show_default=True,
    help="Whether personal data was replaced; this is recorded, and the team is notified if not.",
)
def command(
    environment: str,
    source: Path | None,
    dump: Path,
    sha256: str,
    image: str,
    what: str,
    anonymized: bool,
    **options: Any,
) -> None:
    """Load a dump of PROD into UAT: backup, load next to UAT's database, stop, swap, health."""
    host = host_of(environment, source)
    asked = request(dump.absolute(), sha256, image, what, anonymized)
    start.start(host, REFRESH, asked, caller(**options))
