"""``pipeline release versions``: the versions that deploy-prod.yml should offer."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.form import format_option
from pipeline.cli.options.step import source_option
from pipeline.core.errors import CheckFailed, InputError
from pipeline.core.settings import load
from pipeline.release import versions


@tree.command()
@source_option
@click.option("--write", is_flag=True, help="Update the list in the workflow.")
@format_option
def command(source: Path, write: bool, form: str) -> None:
    """List the versions that can go to PROD: the tags v<version>, and [image] version.

    Fails if .github/workflows/deploy-prod.yml offers different ones.
    """
    found = versions.versions(source, load(source).image.version)
    workflow = versions.read(source)
    if write:
        _write(source, workflow, found)
    if form == "json":
        click.echo(json.dumps([f"v{version}" for version in found]))
    else:
        for version in found:
            click.echo(f"v{version}")
    if workflow is not None and not write:
        _require_same(workflow, found)


def _write(source: Path, workflow: str | None, found: tuple[str, ...]) -> None:
    if workflow is None:
        raise InputError(
            f"there is no {versions.WORKFLOW} to update",
            "check --source, or leave out --write",
        )
    (source / versions.WORKFLOW).write_text(versions.refreshed(workflow, found), encoding="utf-8")


def _require_same(workflow: str, found: tuple[str, ...]) -> None:
    if versions.refreshed(workflow, found) != workflow:
        old = ", ".join(f"v{version}" for version in versions.offered(workflow)) or "nothing"
        raise CheckFailed(f"{versions.WORKFLOW} offers {old}", versions.REFRESH)
