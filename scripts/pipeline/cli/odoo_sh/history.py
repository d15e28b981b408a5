"""``pipeline odoo-sh history``: the deployments to Odoo.sh."""

from __future__ import annotations

import json

import click

from pipeline.cli import tree
from pipeline.cli.options.odoo_sh import Reach, connected, reach_options
from pipeline.core.console import console
from pipeline.odoo_sh import show
from pipeline.odoo_sh.record import history
from pipeline.odoo_sh.target import check_target


@tree.command()
@reach_options
@click.option(
    "--last", type=click.IntRange(1, 500), default=20, show_default=True, help="How many."
)
def command(reach: Reach, last: int) -> None:
    """List the last deployments to Odoo.sh, as recorded in its repository, newest first."""
    reach.require_all()
    target = check_target(reach.host, reach.repo, "main", reach.git_host)
    with connected(reach, target, None) as remote:
        records = history(remote, last)
    if reach.form == "json":
        rows = [json.loads(record.to_json()) for record in records]
        click.echo(json.dumps(rows, indent=2, sort_keys=True))
    else:
        show.print_history(records, console())
