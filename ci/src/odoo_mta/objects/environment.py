"""What UAT and PROD have in common: the functions on a deployed environment, never cached."""

from dataclasses import dataclass
from typing import Annotated, Self

import dagger
from dagger import Doc, function

from ..arguments import (
    Authorities,
    DryRun,
    Format,
    Insecure,
    Manifest,
    RegistryHost,
    RepositoryName,
    Token,
    Username,
    Wait,
)
from ..reach.registry import Registry
from ..reach.vm import Vm, with_settings
from .backups import Backups


@dataclass(kw_only=True)
class Environment:
    """An environment: its VM, and the registry that its images come from."""

    pipeline: dagger.Directory
    source: dagger.Directory
    vm: Vm
    registry: Registry

    @function(cache="never")
    def with_registry(
        self,
        username: Username = "",
        token: Token = None,
        registry: RegistryHost = "",
        repository: RepositoryName = "",
        insecure: Insecure = False,
        authorities: Authorities = None,
    ) -> Self:
        """Use a registry login, or a registry other than that of pipeline.toml."""
        self.registry = Registry(
            host=registry,
            repository=repository,
            username=username,
            token=token,
            insecure=insecure,
            authorities=authorities,
        )
        return self

    @function(cache="never")
    async def prepare(
        self,
        clone: Annotated[
            str, Doc("URL that the VM clones; empty: [project] repository of pipeline.toml.")
        ] = "",
        branch: Annotated[str, Doc("Branch that it clones.")] = "main",
        docker: Annotated[
            str, Doc("Where to get Docker from if it is missing: `get.docker.com` or `packages`.")
        ] = "get.docker.com",
        dry_run: DryRun = False,
    ) -> str:
        """Prepare the VM: Docker, folders, clone, .env with new passwords, resume after a boot.

        Existing parts are left as they are, so it can be called at any time.
        """
        options = [f"--repository={clone}", f"--branch={branch}", f"--docker={docker}"]
        options += ["--dry-run"] if dry_run else []
        return await self._run("prepare", *options)

    @function(cache="never")
    async def doctor(self, format: Format = "table") -> str:
        """Show what the VM has and what is missing; fails if something is missing."""
        return await self._run("doctor", f"--format={format}")

    @function(cache="never")
    async def status(self, format: Format = "table") -> str:
        """Show version, health, lock, disk and the age of the last backup."""
        return await self._run("status", f"--format={format}")

    @function(cache="never")
    async def history(self, format: Format = "table") -> str:
        """List the deployments, backups and rollbacks."""
        return await self._run("history", f"--format={format}")

    @function(cache="never")
    async def logs(self) -> str:
        """Print the last lines of the containers."""
        return await self._run("logs")

    @function(cache="never")
    async def attach(
        self,
        id: Annotated[str, Doc("Id of the job or run, as it was printed; empty: the newest.")] = "",
    ) -> str:
        """Follow what runs on the VM after a lost connection, and report the outcome."""
        return await self._run("attach", *([id] if id else []))

    @function(cache="never")
    async def rollback(self, manifest: Manifest = "", wait: Wait = 0) -> str:
        """Restore database, files and image from a backup: the given manifest, or the newest. The
        replaced database is kept aside, and the report lists what was written since.
        """
        options = [f"--wait={wait}", *self.vm.backups()]
        options += [f"--manifest={manifest}"] if manifest else []
        return await self._run("rollback", *options, alerting=True)

    @function(cache="never")
    async def resume(self) -> str:
        """Finish an interrupted deployment: forward if it was accepted, otherwise back."""
        return await self._run("resume", alerting=True)

    @function(cache="never")
    async def abandon(
        self,
        run: Annotated[str, Doc("The run: its number, id or name.")],
        confirm: Annotated[str, Doc("What the dry run says is to be typed.")] = "",
        dry_run: Annotated[bool, Doc("Change nothing; false: abandon it.")] = True,
        wait: Wait = 0,
    ) -> str:
        """Abandon a run that no resume can end: it is left as it is, and others can begin."""
        options = [f"--run={run}", f"--confirm={confirm}", f"--wait={wait}"]
        options += [] if dry_run else ["--apply"]
        return await self._run("abandon", *options, alerting=True)

    @function(cache="never")
    async def unlock(self) -> str:
        """Release the lock of a dead owner; a living one keeps it."""
        return await self._run("unlock")

    @function(cache="never")
    async def outbox(
        self,
        release: Annotated[bool, Doc("Put back what is held back, so that Odoo sends it.")] = False,
        drop: Annotated[bool, Doc("Forget what is held back: it is never sent.")] = False,
        models: Annotated[
            list[str] | None, Doc("Only these models, such as mail.mail; unset: all.")
        ] = None,
        only: Annotated[
            str, Doc("Only what was `not-sent` or `sent` since, or is `unknown`; empty: all.")
        ] = "",
        dry_run: Annotated[bool, Doc("Change nothing; false: release or drop.")] = True,
        wait: Wait = 0,
        format: Format = "table",
    ) -> str:
        """List what a rollback to an older backup holds back, and release or drop it.

        Mails, messages, jobs and schedules of the restored database that may have been sent since.
        """
        options = [f"--format={format}", f"--wait={wait}"]
        options += ["--release"] if release else []
        options += ["--drop"] if drop else []
        options += [f"--model={model}" for model in models or []]
        options += [f"--only={only}"] if only else []
        options += [] if dry_run else ["--apply"]
        return await self._run("outbox", *options)

    @function(cache="never")
    def backup(self) -> Backups:
        """The backups: create, list, verify, prune."""
        return Backups(pipeline=self.pipeline, source=self.source, vm=self.vm)

    async def _run(self, *command: str, alerting: bool = False) -> str:
        tools = with_settings(self.pipeline, self.source)
        return await self.vm.run(tools, *command, alerting=alerting)

    async def _deploy(self, command: str, wait: int, options: list[str]) -> str:
        container, reach = self.vm.reach(with_settings(self.pipeline, self.source))
        container, alerts = self.vm.alerts(container)
        given = [f"--wait={wait}", f"--link={self.vm.run_url}", *options]
        return await self.registry.run(container, "remote", command, *reach, *alerts, *given)
