"""``pipeline privacy anonymize``: replace personal data in a database, and verify it."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.anonymization import (
    database_options,
    declared,
    level_option,
    report_key,
    report_key_option,
    secret,
    site_options,
)
from pipeline.cli.options.form import format_option
from pipeline.cli.options.phrases import OVERWRITE
from pipeline.privacy.anonymize.report import Report, write_signed
from pipeline.privacy.anonymize.run import anonymize
from pipeline.privacy.database.connection import connect_database
from pipeline.privacy.treatment.system import NewSite


@tree.command()
@database_options
@level_option
@click.option(
    "--dry-run", is_flag=True, help="Only count what would be replaced; requires no phrase."
)
@OVERWRITE.option
@click.option(
    "--filestore",
    type=click.Path(path_type=Path),
    help="The database's filestore; only files of modules are kept.",
)
@site_options
@format_option
@click.option("--report", type=click.Path(path_type=Path), help="Directory for the report.")
@report_key_option
@click.option(
    "--link", default="", help="Page of the run, for the report: it names who started it."
)
@click.option(
    "--check-options",
    is_flag=True,
    help="Only check the options and the declaration; nothing is contacted.",
)
def command(
    database_url: str,
    source: Path,
    level: str | None,
    dry_run: bool,
    confirm: str,
    filestore: Path | None,
    base_url: str,
    password_file: Path | None,
    report: Path | None,
    report_key_file: Path | None,
    link: str,
    form: str,
    check_options: bool,
) -> None:
    """Replace personal data in an Odoo database, in one transaction, and verify the result."""
    if not (dry_run or check_options):
        OVERWRITE.check(confirm)
    declaration = declared(source, level)
    if check_options:
        return
    site = NewSite(base_url, secret("TESTERS_PASSWORD", password_file))
    key = report_key(report_key_file)
    with connect_database(database_url) as database:
        name = str(database.value("SELECT current_database()"))
        made = anonymize(database, name, declaration, site, filestore, dry_run=dry_run, link=link)
    if report is not None:
        write_signed(made, report, key)
    if form == "json":
        click.echo(made.to_json(), nl=False)
    else:
        _print(made)


def _print(report: Report) -> None:
    for strategy, (columns, values) in report.by_strategy.items():
        click.echo(f"{strategy:12} {columns:5} columns {values:9} values")
    rows = sum(report.emptied.values())
    click.echo(f"{len(report.emptied)} tables emptied, {rows} rows")
    total, kept = report.attachments
    click.echo(f"{total} attachments, {kept} of them from modules")
    for table, number in report.made_common.items():
        click.echo(f"{table}: {number} who were one of fewer than {report.k} got common values")
    for column, why in report.left_by_level.items():
        click.echo(f"note: {column} stays at level {report.level}: {why}")
    for line in report.stale:
        click.echo(f"note: {line} is declared but does not exist")
    verb = "would be anonymized" if report.dry_run else "anonymized and verified"
    click.echo(f"{report.database}: {verb} at level {report.level} in {report.seconds} s")
