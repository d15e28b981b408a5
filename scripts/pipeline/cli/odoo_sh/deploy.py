"""``pipeline odoo-sh deploy``: push a commit to Odoo.sh."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.odoo_sh import Reach, connected, reach_options
from pipeline.cli.options.phrases import DEPLOY_ODOO_SH
from pipeline.cli.options.step import source_option
from pipeline.core.console import console
from pipeline.odoo_sh import show
from pipeline.odoo_sh.deployment import deploy, plan_push, require_fast_forward, wanted
from pipeline.odoo_sh.target import check_target


@tree.command()
@source_option
@reach_options
@click.option("--branch", default="main", show_default=True, help="Branch to deploy.")
@click.option("--commit", default="", help="Commit that passed the checks; default: the branch's.")
@DEPLOY_ODOO_SH.option
@click.option(
    "--force-with-lease",
    "force",
    is_flag=True,
    help="Overwrite what Odoo.sh has, if it has not changed since it was checked.",
)
@click.option(
    "--dry-run", is_flag=True, help="Only show what would happen: push nothing, require no phrase."
)
def command(
    source: Path, reach: Reach, branch: str, commit: str, confirm: str, force: bool, dry_run: bool
) -> None:
    """Push a commit to Odoo.sh, which builds it and updates modules with a higher version."""
    if not dry_run:
        DEPLOY_ODOO_SH.check(confirm)
    reach.require_all()
    target = check_target(reach.host, reach.repo, branch, reach.git_host, commit)
    found = wanted(source, target, commit)
    out = console()
    with connected(reach, target, source) as remote:
        plan = plan_push(source, found, remote.head())
        if reach.form == "table":
            show.print_plan(plan, target, out)
        require_fast_forward(plan, target, force)
        if not dry_run:
            record = deploy(remote, plan, force)
    if dry_run:
        if reach.form == "json":
            click.echo(show.plan_as_json(plan, target), nl=False)
        else:
            click.echo("dry run: nothing was pushed")
    elif reach.form == "json":
        click.echo(record.to_json(), nl=False)
    else:
        show.print_record(record, out)
