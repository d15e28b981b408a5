"""A VM as the arguments of functions describe it, and how a command gets there."""

from dataclasses import dataclass
from typing import Annotated

import dagger
from dagger import Doc

from .graph import Graph
from .verdict import said

Environment = Annotated[str, Doc("`uat` or `prod`.")]
Host = Annotated[str, Doc("Name or address of the VM (UAT_VM_HOST, PROD_VM_HOST).")]
User = Annotated[str, Doc("Who logs in there (UAT_VM_USER, PROD_VM_USER).")]
SshKey = Annotated[
    dagger.Secret | None,
    Doc("Private SSH key, without a passphrase (UAT_VM_SSH_KEY, PROD_VM_SSH_KEY)."),
]
KnownHosts = Annotated[
    dagger.Secret | None,
    Doc(
        "known_hosts line that pins the VM's host key (UAT_VM_KNOWN_HOSTS, PROD_VM_KNOWN_HOSTS). "
        "Without it the call stops, shows the fingerprint that it saw, and how to pin it."
    ),
]
Port = Annotated[int, Doc("Port of the VM's SSH server.")]
DryRun = Annotated[bool, Doc("Print the plan and change nothing.")]
Wait = Annotated[int, Doc("Seconds to wait for another deployment that has the lock.")]
Webhook = Annotated[
    dagger.Secret | None, Doc("Address of the team's Slack channel (SLACK_WEBHOOK_URL).")
]
RunUrl = Annotated[str, Doc("Address of the CI run, for alerts.")]
BackupPath = Annotated[str, Doc("Another folder for backups on the VM.")]
Manifest = Annotated[str, Doc("Manifest of one backup; empty: as the description says.")]

#: Where the channel's address is in the container.
WEBHOOK = "/opt/webhook"


@dataclass(frozen=True)
class Vm:
    """A VM as the arguments of a function describe it."""

    environment: str
    host: str
    user: str
    ssh_key: dagger.Secret | None
    known_hosts: dagger.Secret | None
    port: int
    webhook: dagger.Secret | None = None

    def given(
        self, container: dagger.Container, prefix: str = ""
    ) -> tuple[dagger.Container, list[str]]:
        """The container with the secrets in files of memory, and the options that name them.

        A command that reaches two VMs has a prefix in the options of the second, such as `prod-`.
        """
        names = {"host": self.host, "user": self.user, "port": self.port}
        options = [f"--{prefix}{name}={value}" for name, value in names.items()]
        for name, secret in (("ssh-key", self.ssh_key), ("known-hosts", self.known_hosts)):
            if secret is not None:
                path = f"/opt/{prefix}{name}"
                container = container.with_mounted_secret(path, secret, mode=0o400)
                options.append(f"--{prefix}{name}={path}")
        if self.webhook is not None:
            container = container.with_mounted_secret(WEBHOOK, self.webhook, mode=0o400)
        return container, options

    async def run(self, source: dagger.Directory, pipeline: dagger.Directory, *command: str) -> str:
        """Run a command on the VM, now and not from a cache."""
        settings = Graph(pipeline, source.filter(include=["pipeline.toml"]))
        container, options = self.given(settings.tools(settings.source))
        options.append(f"--environment={self.environment}")
        if self.webhook is not None:
            options += ["--secret-file", "--webhook-file", WEBHOOK]
        return await said(container, ["remote", *options, "--", *command])


def backup_options(path: str) -> list[str]:
    """The option for another folder of backups."""
    return [f"--backup-path={path}"] if path else []
