"""VMs: prepare one, see what it lacks, what it runs and what happened there. Never cached."""

from typing import Annotated

import dagger
from dagger import Doc, function

from .inputs import Source
from .publishing import Format
from .vm import DryRun, Environment, Host, KnownHosts, Port, SshKey, User, Vm


class Machines:
    """VMs."""

    pipeline: dagger.Directory

    @function(cache="never")
    async def prepare_vm(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        clone: Annotated[
            str, Doc("Address that the VM clones; empty: [project] repository of pipeline.toml.")
        ] = "",
        branch: Annotated[str, Doc("Branch that it clones.")] = "main",
        docker: Annotated[
            str, Doc("Where a missing Docker comes from: `get.docker.com` or `packages`.")
        ] = "get.docker.com",
        dry_run: DryRun = False,
        port: Port = 22,
    ) -> str:
        """Prepare a VM: Docker, folders, clone, .env with new passwords, resume after a boot.

        What is there stays as it is, so it can be called at any time.
        """
        options = [f"--repository={clone}", f"--branch={branch}", f"--docker={docker}"]
        options += ["--dry-run"] if dry_run else []
        vm = Vm(environment, host, user, ssh_key, known_hosts, port)
        return await vm.run(source, self.pipeline, "prepare-vm", *options)

    @function(cache="never")
    async def doctor(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        format: Format = "table",
        port: Port = 22,
    ) -> str:
        """Show what a VM has and what it lacks; fails when something is lacking."""
        vm = Vm(environment, host, user, ssh_key, known_hosts, port)
        return await vm.run(source, self.pipeline, "doctor", f"--format={format}")

    @function(cache="never")
    async def status(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        format: Format = "table",
        port: Port = 22,
    ) -> str:
        """Say what an environment runs, how it is, who has the lock, how old the last backup is."""
        vm = Vm(environment, host, user, ssh_key, known_hosts, port)
        return await vm.run(source, self.pipeline, "status", f"--format={format}")

    @function(cache="never")
    async def history(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        format: Format = "table",
        port: Port = 22,
    ) -> str:
        """List the deployments, backups and rollbacks of an environment."""
        vm = Vm(environment, host, user, ssh_key, known_hosts, port)
        return await vm.run(source, self.pipeline, "history", f"--format={format}")

    @function(cache="never")
    async def logs(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        port: Port = 22,
    ) -> str:
        """Print the last lines of an environment's containers."""
        vm = Vm(environment, host, user, ssh_key, known_hosts, port)
        return await vm.run(source, self.pipeline, "logs")

    @function(cache="never")
    async def unlock(
        self,
        source: Source,
        environment: Environment,
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        port: Port = 22,
    ) -> str:
        """Take the lock of an environment from an owner that is dead; a living one keeps it."""
        vm = Vm(environment, host, user, ssh_key, known_hosts, port)
        return await vm.run(source, self.pipeline, "unlock")
