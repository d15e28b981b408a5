"""Odoo.sh: the deployment and its history. Both ask a server, so nothing of them is ever cached."""

from typing import Annotated

import dagger
from dagger import Doc, function

from . import images
from .graph import Graph
from .inputs import Source
from .verdict import said

_KEY, _KNOWN_HOSTS = "/run/secrets/odoo-sh-key", "/run/secrets/odoo-sh-known-hosts"

Host = Annotated[str, Doc("The instance, such as customer.odoo.sh (ODOO_SH_HOST).")]
Repo = Annotated[
    str,
    Doc("Path of its repository on the git server, such as customer/production (ODOO_SH_REPO)."),
]
SshKey = Annotated[
    dagger.Secret | None,
    Doc("Private SSH key that may push there, without a passphrase (ODOO_SH_SSH_KEY)."),
]
KnownHosts = Annotated[
    dagger.Secret | None,
    Doc(
        "known_hosts lines that pin the git server's key (ODOO_SH_KNOWN_HOSTS). Without it the "
        "call stops and shows the keys that the server offers."
    ),
]
GitHost = Annotated[str, Doc("The git server, as [user@]host[:port].")]
Format = Annotated[str, Doc("How to print the result: table or json.")]


class OdooSh:
    """Functions for Odoo.sh."""

    pipeline: dagger.Directory

    @function(cache="never")
    async def deploy_odoo_sh(
        self,
        source: Source,
        host: Host = "",
        repo: Repo = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        confirm: Annotated[str, Doc("The phrase: Deploy to Odoo.sh")] = "",
        branch: Annotated[str, Doc("Branch to deploy; it has the same name on Odoo.sh.")] = "main",
        commit: Annotated[
            str, Doc("Id of the commit that passed the checks; as set, the head of the branch.")
        ] = "",
        git_host: GitHost = "git.odoo.sh",
        force_with_lease: Annotated[
            bool, Doc("Overwrite commits that Odoo.sh has and the source has not.")
        ] = False,
        dry_run: Annotated[
            bool, Doc("Show commits, add-ons and updates; push nothing, need no phrase.")
        ] = False,
        format: Format = "table",
    ) -> str:
        """Push a commit to Odoo.sh, which builds it and updates the modules whose version rose.

        Returns what was pushed instead of what, and where to watch it. `--format json` gives the
        record that the history keeps.
        """
        arguments = ["deploy-odoo-sh", "--confirm", confirm, "--branch", branch, "--commit", commit]
        arguments += ["--force-with-lease"] if force_with_lease else []
        arguments += ["--dry-run"] if dry_run else []
        reach = ["--host", host, "--repo", repo, "--git-host", git_host, "--format", format]
        container = Graph(self.pipeline, source).tools(source)
        return await _run(container, ssh_key, known_hosts, arguments + reach)

    @function(cache="never")
    async def history_odoo_sh(
        self,
        host: Host = "",
        repo: Repo = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        last: Annotated[int, Doc("How many deployments.")] = 20,
        git_host: GitHost = "git.odoo.sh",
        format: Format = "table",
    ) -> str:
        """List the last deployments to Odoo.sh, newest first."""
        arguments = ["history-odoo-sh", "--last", str(last)]
        reach = ["--host", host, "--repo", repo, "--git-host", git_host, "--format", format]
        container = images.tools(self.pipeline)
        return await _run(container, ssh_key, known_hosts, arguments + reach)


async def _run(
    container: dagger.Container,
    key: dagger.Secret | None,
    known_hosts: dagger.Secret | None,
    arguments: list[str],
) -> str:
    """Run a command with the secrets in files of memory; raise what it said when it fails."""
    for option, path, secret in (
        ("--ssh-key", _KEY, key),
        ("--known-hosts", _KNOWN_HOSTS, known_hosts),
    ):
        if secret is not None:
            container = container.with_mounted_secret(path, secret, mode=0o400)
            arguments = [*arguments, option, path]
    return await said(container, arguments)
