"""``pipeline environment prepare``: make this machine ready for deployments."""

from __future__ import annotations

import os
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import read_settings, settings_option
from pipeline.core.process import become, work_in
from pipeline.core.settings.environments import NAMES, resolve
from pipeline.core.wording import counted
from pipeline.environment.machine import prepare


@tree.command(lasts=True, before_settings=True, prints="progress")
@settings_option
@click.option(
    "--environment",
    type=click.Choice(NAMES),
    required=True,
    help="The environment that it becomes.",
)
@click.option("--repository", default="", help="URL to clone from; empty: [project] repository.")
@click.option("--branch", default="main", show_default=True, help="Branch to clone.")
@click.option(
    "--docker",
    type=click.Choice([prepare.SCRIPT, prepare.PACKAGES]),
    default=prepare.SCRIPT,
    show_default=True,
    help="Where to get Docker from, if it is missing.",
)
@click.option("--dry-run", is_flag=True, help="Show what is missing, and change nothing.")
def command(
    settings: Path, environment: str, repository: str, branch: str, docker: str, dry_run: bool
) -> None:
    """Set up this machine for deployments: Docker, folders, clone, .env, resume after a boot.

    Existing parts are left as they are; it can be run again at any time.
    """
    said = read_settings(settings)
    here = resolve(said.project.name, said.environments, environment)
    _as_who_asks(here.directory)
    wish = prepare.Wish(here, repository or said.project.repository, branch, docker)
    prepare.check(wish, said.project.name, said.environments)
    made = 0
    for step in prepare.steps(wish):
        if step.there():
            click.echo(f"present  {step.name}")
            continue
        made += 1
        if not dry_run:
            step.make()
        click.echo(f"{'missing' if dry_run else 'made':8} {step.name}")
    verb = ("is" if made == 1 else "are") if dry_run else ("was" if made == 1 else "were")
    click.echo(
        f"{environment}: {counted(made, 'thing')} {verb} {'missing' if dry_run else 'made'}; "
        f"{here.directory}, backups in {here.backups}"
    )


def _as_who_asks(directory: Path) -> None:
    """With `sudo pipeline environment prepare`, continue as the folder's owner, at first the
    caller."""
    work_in(directory)
    caller = os.environ.get("SUDO_UID", "0")
    if os.geteuid() == 0 and caller != "0" and not (directory / ".git").exists():
        become(int(caller))
