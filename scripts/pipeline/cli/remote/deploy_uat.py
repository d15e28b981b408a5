"""``pipeline remote deploy-uat``: deploy an image to UAT, from anywhere."""

from __future__ import annotations

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.delivery import Deployment, deploy_options, home_of
from pipeline.cli.options.environment.on_vm import on_vm
from pipeline.cli.options.environment.remote import RemoteOptions, note, remote_options
from pipeline.cli.options.registry import RegistryOptions, registry_options
from pipeline.core.errors import RolledBack
from pipeline.core.settings.environments import UAT
from pipeline.remote import delivery


@tree.command(prints="events")
@click.option("--tag", default=delivery.LATEST, show_default=True, help="Tag of the image.")
@click.option(
    "--auto-rollback/--no-auto-rollback",
    default=True,
    show_default=True,
    help="After a failure, roll back to the previous version.",
)
@deploy_options
@remote_options
@registry_options
def command(
    options: RegistryOptions,
    reach: RemoteOptions,
    deployment: Deployment,
    tag: str,
    auto_rollback: bool,
) -> None:
    """Deploy an image to UAT, and record in the registry that UAT ran it. After a rollback,
    `uat-latest` points to what UAT runs.
    """
    session = reach.session(UAT)
    registry = options.open(login=not deployment.dry_run)
    found = delivery.for_uat(registry, tag, deployment.digest)
    rollback = () if auto_rollback else ("--no-auto-rollback",)
    code = deployment.run(session, options, found, rollback)
    if deployment.dry_run:
        raise SystemExit(code)
    if code == 0:
        delivery.update_registry(
            note, lambda: delivery.after_uat(registry, found), "UAT runs the image"
        )
    elif code == RolledBack.exit_code:
        status = on_vm(["status", "--environment", UAT, "--format", "json"])
        ran = delivery.running(session.ask(status, home_of(options.settings, UAT)))
        delivery.update_registry(
            note, lambda: delivery.back_to(registry, found, ran), "UAT was rolled back"
        )
    raise SystemExit(code)
