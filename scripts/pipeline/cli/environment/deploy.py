"""``pipeline environment deploy``: deploy a version to this VM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import caller, environment_options, host_of, run_options
from pipeline.cli.options.form import format_option
from pipeline.cli.output.tables import print_json, print_table, size
from pipeline.core.references import check_pinned
from pipeline.core.settings.environments import UAT
from pipeline.environment.host.image_store import RegistryLogin
from pipeline.environment.machine import preflight
from pipeline.environment.operations import plan, start
from pipeline.environment.operations.deploy import DEPLOY, DeployRequest


@tree.command(lasts=True)
@environment_options
@run_options
@format_option
@click.option("--image", required=True, help="The image, as repository@sha256:….")
@click.option("--version", required=True, help="Its version.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option(
    "--auto-rollback/--no-auto-rollback",
    default=None,
    help="Roll back automatically after a failure; default: on UAT yes, on PROD no.",
)
@click.option(
    "--backup-path",
    type=click.Path(path_type=Path),
    default=None,
    help="A different backup " "folder.",
)
@click.option("--allow-untested", is_flag=True, help="Record that UAT did not run this image.")
def command(
    environment: str,
    source: Path | None,
    form: str,
    image: str,
    version: str,
    dry_run: bool,
    auto_rollback: bool | None,
    backup_path: Path | None,
    allow_untested: bool,
    **options: Any,
) -> None:
    """Deploy an image: backup, pull, update of the add-ons, start, health check, switch."""
    check_pinned(image)
    preflight.version_name(version)
    host = host_of(environment, source)
    if dry_run:
        registry = RegistryLogin(options["registry_user"], options["registry_token_file"])
        folder = backup_path or host.environment.backups
        found = plan.make(host, image, version, folder, registry)
        if form == "json":
            print_json(plan.document(found))
        else:
            print_table(("what", "plan"), plan.rows(found, size))
        return
    asked = DeployRequest(
        image=image,
        version=version,
        reason=f"before {version}",
        auto_rollback=environment == UAT if auto_rollback is None else auto_rollback,
        backup_path=str(backup_path.absolute()) if backup_path else "",
        untested=allow_untested,
    )
    start.start(host, DEPLOY, asked, caller(**options))
