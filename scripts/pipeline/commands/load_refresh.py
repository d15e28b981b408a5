"""``pipeline load-refresh``: an anonymized dump takes the place of UAT's database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.commands.on_vm import caller, environment_options, host_of, run_options
from pipeline.vm import operate
from pipeline.vm.refresh import REFRESH, request


@click.command("load-refresh")
@environment_options
@run_options
@click.option("--dump", type=click.Path(path_type=Path), required=True, help="The dump.")
@click.option("--sha256", required=True, help="SHA-256 of the dump that was verified.")
def command(environment: str, source: Path | None, dump: Path, sha256: str, **options: Any) -> None:
    """Load an anonymized dump into UAT: backup, load beside, stop, replace, health."""
    host = host_of(environment, source)
    operate.start(host, REFRESH, request(dump.absolute(), sha256), caller(**options))
