"""``pipeline remote refresh-plan``: what a refresh of UAT would do."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.delivery import home_of
from pipeline.cli.options.environment.on_vm import on_vm
from pipeline.cli.options.environment.refresh import content_options
from pipeline.cli.options.environment.remote import RemoteOptions, prod_options, remote_options
from pipeline.cli.options.form import format_option
from pipeline.cli.options.phrases import REFRESH_UAT
from pipeline.cli.options.step import source_option
from pipeline.cli.output.tables import print_json, print_table
from pipeline.core.settings import load
from pipeline.core.settings.environments import PROD, UAT
from pipeline.privacy.refresh.plan import RefreshSide, plan_refresh, read_side


@tree.command()
@source_option
@remote_options
@prod_options
@REFRESH_UAT.option
@content_options
@click.option("--dry-run", is_flag=True, help="Needs no phrase: only show the plan.")
@format_option
def command(
    source: Path,
    reach: RemoteOptions,
    prod: RemoteOptions,
    confirm: str,
    anonymize: bool,
    filestore: bool,
    dry_run: bool,
    form: str,
) -> None:
    """Query PROD and UAT, and show what a refresh of UAT would do. Changes nothing."""
    if not dry_run:
        REFRESH_UAT.check(confirm)
    sessions = [(UAT, reach.session(UAT)), (PROD, prod.session(PROD))]
    settings = load(source)
    sides: dict[str, RefreshSide] = {}
    for environment, session in sessions:
        asked = on_vm(["status", "--environment", environment, "--format", "json"])
        sides[environment] = read_side(session.ask(asked, home_of(settings, environment)))
    made = plan_refresh(sides[PROD], sides[UAT], anonymize=anonymize, filestore=filestore)
    if form == "json":
        print_json(asdict(made))
    else:
        print_table(("refresh of UAT", ""), made.rows())
