"""``pipeline remote deploy-prod``: deploy the image that UAT ran to PROD, from anywhere."""

from __future__ import annotations

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.delivery import Deployment, deploy_options
from pipeline.cli.options.environment.remote import RemoteOptions, note, remote_options
from pipeline.cli.options.phrases import DEPLOY_PROD
from pipeline.cli.options.registry import RegistryOptions, registry_options
from pipeline.core.settings.environments import PROD
from pipeline.core.versions import check_version
from pipeline.remote import delivery


@tree.command(prints="events")
@click.option("--version", default="", help="Version that UAT ran.")
@DEPLOY_PROD.option
@click.option("--allow-untested", is_flag=True, help="Also deploy what UAT never ran.")
@click.option("--backup-path", default="", help="A different backup folder on the VM.")
@click.option(
    "--auto-rollback",
    is_flag=True,
    help="After a failure, roll back automatically instead of " "stopping safely.",
)
@deploy_options
@remote_options
@registry_options
def command(
    options: RegistryOptions,
    reach: RemoteOptions,
    deployment: Deployment,
    version: str,
    confirm: str,
    allow_untested: bool,
    backup_path: str,
    auto_rollback: bool,
) -> None:
    """Deploy to PROD the same image that UAT ran, and tag it prod-v<version>. Nothing is contacted
    unless the phrase is correct. After a failure PROD is stopped and waiting; the error contains
    the
    command that rolls it back.
    """
    if not deployment.dry_run:
        DEPLOY_PROD.check(confirm)
    number = check_version(version)
    session = reach.session(PROD)
    registry = options.open(login=not deployment.dry_run)
    found = delivery.for_prod(registry, number, deployment.digest, allow_untested)
    more = ["--allow-untested"] if allow_untested else []
    more += ["--auto-rollback"] if auto_rollback else []
    more += [f"--backup-path={backup_path}"] if backup_path else []
    code = deployment.run(session, options, found, more)
    if code == 0 and not deployment.dry_run:
        keep = options.settings.image.keep
        delivery.update_registry(
            note,
            lambda: delivery.after_prod(registry, found, allow_untested, keep),
            "PROD runs the image",
        )
    raise SystemExit(code)
