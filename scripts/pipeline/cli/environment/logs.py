"""``pipeline environment logs``: the log of Odoo, or of a run's update."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import environment_options, host_of
from pipeline.core.console import printable
from pipeline.core.errors import InputError
from pipeline.environment.host import docker
from pipeline.environment.runs import run_history


@tree.command(prints="lines")
@environment_options
@click.option("--service", default="", help="Compose service; default: the web server.")
@click.option(
    "--lines",
    type=click.IntRange(1, 100_000),
    default=200,
    show_default=True,
    help="How many.",
)
@click.option("--run", default="", help="Show the log of this run's update instead.")
def command(environment: str, source: Path | None, service: str, lines: int, run: str) -> None:
    """Print the last lines of a service's log, or of a run's update."""
    host = host_of(environment, source, checked=False)
    if run:
        past = run_history.find(host.runs, run)
        log = past.folder / "migrate.log" if past else None
        if log is None or not log.is_file():
            raise InputError(
                f"run {run} has no log of an update", "`pipeline environment history` lists runs"
            )
        text = log.read_text(encoding="utf-8", errors="replace")
        click.echo(printable("\n".join(text.splitlines()[-lines:])))
        return
    name = service or host.environment.web_service
    if name.startswith("-"):
        raise InputError(f"{name!r} is not a service", "use the name of a compose service")
    ended = host.run(docker.logs(name, lines))
    click.echo(printable(ended.stdout + ended.stderr), nl=False)
