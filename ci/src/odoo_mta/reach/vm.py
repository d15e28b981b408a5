"""A VM as the arguments of functions describe it, and how a command reaches it."""

import dagger

from ..engine import containers
from ..engine.commands import uncached

#: The file with the channel's URL in the container.
_WEBHOOK = "/opt/webhook"
_SETTINGS = "pipeline.toml"


@dagger.object_type
class Vm:
    """The VM of an environment, and the channel of its alerts."""

    environment: str
    host: str = ""
    user: str = ""
    ssh_key: dagger.Secret | None = None
    known_hosts: dagger.Secret | None = None
    port: int = 22
    backup_path: str = ""
    webhook: dagger.Secret | None = None
    run_url: str = ""

    def reach(
        self, container: dagger.Container, prefix: str = ""
    ) -> tuple[dagger.Container, list[str]]:
        """The container with the secrets as files in memory, and the options that name them.

        A command that reaches two VMs has a prefix in the options of the second, such as `prod-`.
        """
        names = {"host": self.host, "user": self.user, "port": self.port}
        options = [f"--{prefix}{name}={value}" for name, value in names.items()]
        for name, secret in (("ssh-key", self.ssh_key), ("known-hosts", self.known_hosts)):
            if secret is not None:
                path = f"/opt/{prefix}{name}"
                container = container.with_mounted_secret(path, secret, mode=0o400)
                options.append(f"--{prefix}{name}={path}")
        return container, options

    def alerts(self, container: dagger.Container) -> tuple[dagger.Container, list[str]]:
        """The container with the channel's URL, and the option for it."""
        if self.webhook is None:
            return container, []
        container = container.with_mounted_secret(_WEBHOOK, self.webhook, mode=0o400)
        return container, ["--webhook-file", _WEBHOOK]

    def backups(self) -> list[str]:
        """The option for another folder of backups."""
        return [f"--backup-path={self.backup_path}"] if self.backup_path else []

    async def run(self, tools: dagger.Container, *command: str, alerting: bool = False) -> str:
        """Run a command on the VM, uncached.

        Args:
            tools: the tools, with the settings in the working directory.
            command: the command and its options.
            alerting: whether the command sends alerts.
        """
        container, options = self.reach(tools)
        options.append(f"--environment={self.environment}")
        if alerting:
            container, given = self.alerts(container)
            options += ["--secret-file", *given] if given else []
            command = (*command, f"--link={self.run_url}")
        return await uncached(container, ["remote", "run", *options, "--", *command])


def with_settings(pipeline: dagger.Directory, source: dagger.Directory) -> dagger.Container:
    """The tools, with only the source's settings, which commands on VMs read."""
    settings = source.filter(include=[_SETTINGS])
    return containers.tools(pipeline, source=settings)
