"""Backups of UAT and PROD: make, list, verify, prune. Nothing of it is ever cached."""

from typing import Annotated

import dagger
from dagger import Doc, function

from .inputs import Source
from .publishing import Format
from .vm import (
    BackupPath,
    DryRun,
    Environment,
    Host,
    KnownHosts,
    Manifest,
    Port,
    SshKey,
    User,
    Vm,
    Wait,
    backup_options,
)


class Backups:
    """Backups."""

    pipeline: dagger.Directory

    @function(cache="never")
    async def backup(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        backup_path: BackupPath = "",
        reason: Annotated[str, Doc("Why, for the manifest.")] = "by hand",
        wait: Wait = 0,
        port: Port = 22,
    ) -> str:
        """Back up database, files and image of an environment, while it runs."""
        options = [f"--reason={reason}", f"--wait={wait}", *backup_options(backup_path)]
        vm = Vm(environment, host, user, ssh_key, known_hosts, port)
        return await vm.run(source, self.pipeline, "backup", *options)

    @function(cache="never")
    async def backups(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        backup_path: BackupPath = "",
        format: Format = "table",
        port: Port = 22,
    ) -> str:
        """List the backups of an environment: age, size, version, and whether they are verified."""
        vm = Vm(environment, host, user, ssh_key, known_hosts, port)
        options = [f"--format={format}", *backup_options(backup_path)]
        return await vm.run(source, self.pipeline, "backups", *options)

    @function(cache="never")
    async def verify_backups(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        restore: Annotated[
            bool, Doc("Also restore each, twice, where nothing else is, and start Odoo on it.")
        ] = False,
        manifest: Manifest = "",
        backup_path: BackupPath = "",
        format: Format = "table",
        port: Port = 22,
    ) -> str:
        """Check the backups of an environment byte by byte: all of them, or one manifest."""
        options = [f"--format={format}", *backup_options(backup_path)]
        options += ["--restore"] if restore else []
        options += [f"--manifest={manifest}"] if manifest else []
        vm = Vm(environment, host, user, ssh_key, known_hosts, port)
        return await vm.run(source, self.pipeline, "verify-backups", *options)

    @function(cache="never")
    async def prune_backups(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        dry_run: DryRun = False,
        backup_path: BackupPath = "",
        format: Format = "table",
        port: Port = 22,
    ) -> str:
        """Remove old backups: 7 daily, 4 weekly, 3 monthly stay, and always the last good one."""
        options = [f"--format={format}", *backup_options(backup_path)]
        options += ["--dry-run"] if dry_run else []
        vm = Vm(environment, host, user, ssh_key, known_hosts, port)
        return await vm.run(source, self.pipeline, "prune-backups", *options)

    @function(cache="never")
    async def outbox(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        release: Annotated[bool, Doc("Put back what is held, so that Odoo sends it.")] = False,
        drop: Annotated[bool, Doc("Forget what is held: it is never sent.")] = False,
        models: Annotated[
            list[str] | None, Doc("Only of these models, such as mail.mail; unset: all.")
        ] = None,
        only: Annotated[
            str, Doc("Only what was `not-sent` or `sent` meanwhile, or is `unknown`; empty: all.")
        ] = "",
        dry_run: Annotated[bool, Doc("Change nothing; false: release or drop.")] = True,
        wait: Wait = 0,
        format: Format = "table",
        port: Port = 22,
    ) -> str:
        """List what a rollback to an older backup holds back, and release or drop it.

        Mails, messages, jobs and schedules of the restored moment, which may have been sent since.
        """
        options = [f"--format={format}", f"--wait={wait}"]
        options += ["--release"] if release else []
        options += ["--drop"] if drop else []
        options += [f"--model={model}" for model in models or []]
        options += [f"--only={only}"] if only else []
        options += [] if dry_run else ["--apply"]
        vm = Vm(environment, host, user, ssh_key, known_hosts, port)
        return await vm.run(source, self.pipeline, "outbox", *options)
