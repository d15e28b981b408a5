"""Deploy, follow, roll back, resume: functions on the VMs of UAT and PROD, never cached."""

from typing import Annotated

import dagger
from dagger import Doc, function

from .graph import Graph
from .inputs import Source
from .publishing import (
    Authorities,
    Insecure,
    Registry,
    RegistryHost,
    RepositoryName,
    Token,
    Username,
)
from .vm import (
    WEBHOOK,
    BackupPath,
    DryRun,
    Environment,
    Host,
    KnownHosts,
    Manifest,
    Port,
    RunUrl,
    SshKey,
    User,
    Vm,
    Wait,
    Webhook,
    backup_options,
)


class Deployment:
    """Deployments."""

    pipeline: dagger.Directory

    @function(cache="never")
    async def deploy_uat(
        self,
        source: Source,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        tag: Annotated[str, Doc("Tag of the image, such as uat-v1.2.3.")] = "uat-latest",
        digest: Annotated[str, Doc("Digest that the tag must have; empty: any.")] = "",
        username: Username = "",
        token: Token = None,
        registry: RegistryHost = "",
        repository: RepositoryName = "",
        dry_run: DryRun = False,
        auto_rollback: Annotated[bool, Doc("After a failure go back to what ran before.")] = True,
        wait: Wait = 0,
        slack_webhook: Webhook = None,
        run_url: RunUrl = "",
        port: Port = 22,
        insecure: Insecure = False,
        authorities: Authorities = None,
    ) -> str:
        """Deploy an image to UAT: backup, pull, update of changed add-ons, health, switch.

        What fails is rolled back: database, files and image. A healthy image gets a note in the
        registry that UAT ran it. The VM works alone: it ends what was begun when the call is cut.
        """
        vm = Vm("uat", host, user, ssh_key, known_hosts, port, slack_webhook)
        place = Registry(registry, repository, username, token, insecure, authorities)
        options = [f"--tag={tag}", f"--digest={digest}", f"--wait={wait}", f"--link={run_url}"]
        options += ["--dry-run"] if dry_run else []
        options += [] if auto_rollback else ["--no-auto-rollback"]
        return await self._deploy(source, vm, place, "deploy-uat", options)

    @function(cache="never")
    async def deploy_prod(
        self,
        source: Source,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        version: Annotated[str, Doc("Version that UAT ran, such as 1.2.3.")] = "",
        confirm: Annotated[str, Doc("The phrase: I understand this deploys to PRODUCTION")] = "",
        backup_path: BackupPath = "",
        digest: Annotated[str, Doc("Digest that the version must have; empty: any.")] = "",
        username: Username = "",
        token: Token = None,
        registry: RegistryHost = "",
        repository: RepositoryName = "",
        allow_untested: Annotated[
            bool, Doc("Deploy also what UAT never ran; it is written down.")
        ] = False,
        dry_run: DryRun = False,
        auto_rollback: Annotated[
            bool, Doc("After a failure go back by itself instead of stopping for a decision.")
        ] = False,
        wait: Wait = 0,
        slack_webhook: Webhook = None,
        run_url: RunUrl = "",
        port: Port = 22,
        insecure: Insecure = False,
        authorities: Authorities = None,
    ) -> str:
        """Deploy to PROD the very image that UAT ran, and give it its tag prod-v<version>.

        Nothing is contacted before the phrase is right. When something fails, PROD stops safely,
        and the error has the one command that rolls it back.
        """
        vm = Vm("prod", host, user, ssh_key, known_hosts, port, slack_webhook)
        place = Registry(registry, repository, username, token, insecure, authorities)
        options = [f"--version={version}", f"--confirm={confirm}", f"--digest={digest}"]
        options += [f"--wait={wait}", f"--link={run_url}", f"--backup-path={backup_path}"]
        options += ["--dry-run"] if dry_run else []
        options += ["--allow-untested"] if allow_untested else []
        options += ["--auto-rollback"] if auto_rollback else []
        return await self._deploy(source, vm, place, "deploy-prod", options)

    @function(cache="never")
    async def attach(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        id: Annotated[str, Doc("What to follow, as it was announced; empty: the newest.")] = "",
        port: Port = 22,
    ) -> str:
        """Follow what goes on on a VM after a cut connection, to its end, and tell the outcome."""
        vm = Vm(environment, host, user, ssh_key, known_hosts, port)
        return await vm.run(source, self.pipeline, "attach", *([id] if id else []))

    @function(cache="never")
    async def rollback(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        manifest: Manifest = "",
        backup_path: BackupPath = "",
        wait: Wait = 0,
        slack_webhook: Webhook = None,
        run_url: RunUrl = "",
        port: Port = 22,
    ) -> str:
        """Bring database, files and image back to a backup: the given manifest, or the newest.

        What was there is kept aside, and the report lists what was written since.
        """
        options = [f"--wait={wait}", f"--link={run_url}", *backup_options(backup_path)]
        options += [f"--manifest={manifest}"] if manifest else []
        vm = Vm(environment, host, user, ssh_key, known_hosts, port, slack_webhook)
        return await vm.run(source, self.pipeline, "rollback", *options)

    @function(cache="never")
    async def resume(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        slack_webhook: Webhook = None,
        run_url: RunUrl = "",
        port: Port = 22,
    ) -> str:
        """Bring an interrupted deployment to its end: forward when it was accepted, else back."""
        vm = Vm(environment, host, user, ssh_key, known_hosts, port, slack_webhook)
        return await vm.run(source, self.pipeline, "resume", f"--link={run_url}")

    async def _deploy(
        self, source: dagger.Directory, vm: Vm, place: Registry, command: str, options: list[str]
    ) -> str:
        settings = Graph(self.pipeline, source.filter(include=["pipeline.toml"]))
        container, reach = vm.given(settings.tools(settings.source))
        if vm.webhook is not None:
            reach.append(f"--webhook-file={WEBHOOK}")
        return await place.run(container, command, *reach, *options)
