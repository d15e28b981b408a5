"""``pipeline remote refresh-load``: load the throwaway database, as it is now, into UAT."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.delivery import home_of, waiting_options
from pipeline.cli.options.environment.on_vm import on_vm
from pipeline.cli.options.environment.remote import (
    RemoteOptions,
    content,
    note,
    prod_options,
    remote_options,
)
from pipeline.cli.options.step import source_option
from pipeline.cli.output.tables import print_table
from pipeline.core.settings import load
from pipeline.core.settings.environments import PROD, UAT, resolve
from pipeline.privacy.refresh.load import bring, copy_files, remove
from pipeline.privacy.refresh.plan import read_plan


@tree.command(prints="events")
@source_option
@remote_options
@prod_options
@click.option(
    "--database", required=True, help="Name of the database on the server of PGHOST, PGUSER."
)
@click.option(
    "--plan",
    "planned",
    type=click.Path(path_type=Path),
    required=True,
    help="File with the output of `refresh-plan --format json`: the plan that is shown and "
    "executed.",
)
@waiting_options
def command(
    source: Path,
    reach: RemoteOptions,
    prod: RemoteOptions,
    database: str,
    planned: Path,
    wait: float,
    link: str,
    webhook_file: Path | None,
) -> None:
    """Stream a database, and files of PROD, to UAT, and replace UAT's own. UAT keeps running on its
    own data until everything has arrived; a failure is undone.
    """
    plan = read_plan(planned)
    print_table(("refresh of UAT", ""), plan.rows())
    settings = load(source)
    session = reach.session(UAT)
    uat = resolve(settings.project.name, settings.environments, UAT)
    if plan.filestore:
        there = resolve(settings.project.name, settings.environments, PROD)
        both = ((prod.session(PROD).target, there), (session.target, uat))
        files = copy_files(*both, database, anonymized=plan.anonymize)
        note(f"{files} files of PROD are in UAT's filestore")
    path, digest = bring(session.target, uat, database)
    identity = f"load-refresh-{secrets.token_hex(4)}"
    asked = ["load-refresh", "--environment", UAT, "--dump", str(path), "--sha256", digest]
    asked += ["--image", plan.uat_image, "--what", f"PROD {plan.prod_version}"]
    asked += ["--id", identity, "--wait", str(wait)]
    asked += [] if plan.anonymize else ["--not-anonymized"]
    asked += ["--link", link] if link.strip() else []
    given = {}
    if webhook_file and (address := content("--webhook-file", webhook_file)):
        given["--webhook-file"] = address
    asked_there = on_vm(asked, given)
    answer = session.lasting(identity, asked_there, given, home_of(settings, UAT))
    if answer.code:
        remove(session.target, path)  # a run that never began did not remove it
    click.echo(answer.err, err=True, nl=False)
    raise SystemExit(answer.code)
