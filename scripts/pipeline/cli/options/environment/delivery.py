"""What deployments to UAT and PROD have in common on the client."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import click

from pipeline.cli.options import Decorated
from pipeline.cli.options.environment.on_vm import on_vm
from pipeline.cli.options.environment.remote import content
from pipeline.cli.options.registry import RegistryOptions
from pipeline.core.settings import Settings
from pipeline.core.settings.environments import resolve
from pipeline.remote.delivery import Delivery
from pipeline.remote.session import Session

_OPTIONS = ("digest", "dry_run", "wait", "link", "webhook_file", "identity")


@dataclass(frozen=True)
class Deployment:
    """The options as given."""

    digest: str
    dry_run: bool
    wait: float
    link: str
    webhook_file: Path | None
    identity: str

    def run(
        self,
        session: Session,
        options: RegistryOptions,
        delivery: Delivery,
        more: Sequence[str],
    ) -> int:
        """Deploy on the VM and follow it to the end.

        Args:
            session: the VM.
            options: the registry's, which the VM needs, too.
            delivery: the image.
            more: further options of `deploy` on the VM.

        Returns:
            The exit code of `deploy` there.
        """
        environment = session.target.environment
        command = ["deploy", "--environment", environment, "--image", delivery.image]
        command += ["--version", delivery.version, *more]
        home = home_of(options.settings, environment)
        if token := options.token:
            command += ["--registry-user", (options.username or "").strip()]
        if self.dry_run:
            command += ["--dry-run", *(("--registry-token-file", "-") if token else ())]
            answer = session.plain(on_vm(command), home, token.encode())
            click.echo(answer.err, err=True, nl=False)
            return answer.code
        identity = self.identity or f"deploy-{secrets.token_hex(4)}"
        command += ["--id", identity, "--wait", str(self.wait)]
        command += ["--link", self.link] if self.link.strip() else []
        given = {"--registry-token-file": token} if token else {}
        if self.webhook_file and (address := content("--webhook-file", self.webhook_file)):
            given["--webhook-file"] = address
        answer = session.lasting(identity, on_vm(command, given), given, home)
        click.echo(answer.err, err=True, nl=False)
        return answer.code


def waiting_options(function: Decorated) -> Decorated:
    """Add ``--wait``, ``--link`` and ``--webhook-file``, of commands that take a VM's lock."""
    for option in (
        click.option(
            "--webhook-file",
            type=click.Path(path_type=Path),
            help="File with the webhook URL of the team's channel.",
        ),
        click.option("--link", default="", help="Address of the CI run, for alerts."),
        click.option("--wait", default=0.0, help="Seconds to wait for another deployment."),
    ):
        function = option(function)
    return function


def deploy_options(function: Decorated) -> Decorated:
    """Add the options of a deployment; the command gets them as ``deployment``."""

    @click.option("--digest", default="", help="Digest that the image must have.")
    @click.option("--dry-run", is_flag=True, help="Print the plan and change nothing.")
    @waiting_options
    @click.option("--id", "identity", default="", help="Name of the deployment, for `attach`.")
    @functools.wraps(function)
    def wrapped(**arguments: Any) -> Any:
        deployment = Deployment(**{name: arguments.pop(name) for name in _OPTIONS})
        return function(deployment=deployment, **arguments)

    return wrapped


def home_of(settings: Settings, environment: str) -> PurePosixPath:
    """An environment's folder on its VM."""
    place = resolve(settings.project.name, settings.environments, environment)
    return PurePosixPath(place.directory)
