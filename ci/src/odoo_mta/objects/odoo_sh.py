"""Odoo.sh: the deployment and its history. Both query a server, so neither is ever cached."""

from typing import Annotated

import dagger
from dagger import Doc, function, object_type

from ..arguments import Format
from ..engine import containers
from ..engine.commands import uncached

_KEY, _KNOWN_HOSTS = "/run/secrets/odoo-sh-key", "/run/secrets/odoo-sh-known-hosts"


@object_type
class OdooSh:
    """An instance on Odoo.sh."""

    pipeline: dagger.Directory
    source: dagger.Directory
    host: str
    repo: str
    ssh_key: dagger.Secret | None
    known_hosts: dagger.Secret | None
    git_host: str

    @function(cache="never")
    async def deploy(
        self,
        confirm: Annotated[str, Doc("The phrase: Deploy to Odoo.sh")] = "",
        branch: Annotated[str, Doc("Branch to deploy; it has the same name on Odoo.sh.")] = "main",
        commit: Annotated[
            str, Doc("Id of the commit that passed the checks; default: the head of the branch.")
        ] = "",
        force_with_lease: Annotated[bool, Doc("Overwrite commits that only Odoo.sh has.")] = False,
        dry_run: Annotated[
            bool, Doc("Only show commits, add-ons and updates: push nothing, require no phrase.")
        ] = False,
        format: Format = "table",
    ) -> str:
        """Push a commit to Odoo.sh, which builds it and updates modules with a higher version.

        Returns what was pushed, what it replaced, and where to watch the build. `--format json`
        returns the record kept in the history.
        """
        arguments = [
            "odoo-sh",
            "deploy",
            "--confirm",
            confirm,
            "--branch",
            branch,
            "--commit",
            commit,
        ]
        arguments += ["--force-with-lease"] if force_with_lease else []
        arguments += ["--dry-run"] if dry_run else []
        tools = containers.tools(self.pipeline, source=self.source)
        return await self._run(tools, [*arguments, "--format", format])

    @function(cache="never")
    async def history(
        self,
        last: Annotated[int, Doc("How many deployments.")] = 20,
        format: Format = "table",
    ) -> str:
        """List the last deployments to Odoo.sh, newest first."""
        arguments = ["odoo-sh", "history", "--last", str(last), "--format", format]
        return await self._run(containers.tools(self.pipeline), arguments)

    async def _run(self, container: dagger.Container, arguments: list[str]) -> str:
        """Run a command with the secrets as files in memory."""
        reach = ["--host", self.host, "--repo", self.repo, "--git-host", self.git_host]
        for option, path, secret in (
            ("--ssh-key", _KEY, self.ssh_key),
            ("--known-hosts", _KNOWN_HOSTS, self.known_hosts),
        ):
            if secret is not None:
                container = container.with_mounted_secret(path, secret, mode=0o400)
                reach += [option, path]
        return await uncached(container, [*arguments, *reach])
