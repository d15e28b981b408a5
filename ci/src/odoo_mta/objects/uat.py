"""UAT: deployments of new builds, and the refresh from PROD."""

from typing import Annotated

from dagger import Doc, function, object_type

from ..arguments import DryRun, Host, KnownHosts, Port, SshKey, User, Wait
from ..reach.vm import Vm
from .environment import Environment
from .refresh import Refresh


@object_type
class Uat(Environment):
    """UAT: deploy, follow, roll back, back up, refresh from PROD."""

    @function(cache="never")
    async def deploy(
        self,
        tag: Annotated[str, Doc("Tag of the image, such as uat-v1.2.3.")] = "uat-latest",
        digest: Annotated[str, Doc("Digest that the tag must have; empty: any.")] = "",
        dry_run: DryRun = False,
        auto_rollback: Annotated[
            bool, Doc("After a failure, roll back to the previous version.")
        ] = True,
        wait: Wait = 0,
    ) -> str:
        """Deploy an image to UAT: backup, pull, update of changed add-ons, health, switch. A
        failure is rolled back: database, files and image. The registry records that UAT ran a
        healthy
        image. The VM works on its own: it finishes when the call is interrupted.
        """
        options = [f"--tag={tag}", f"--digest={digest}"]
        options += ["--dry-run"] if dry_run else []
        options += [] if auto_rollback else ["--no-auto-rollback"]
        return await self._deploy("deploy-uat", wait, options)

    @function(cache="never")
    def refresh(
        self,
        prod_host: Host = "",
        prod_user: User = "",
        prod_ssh_key: SshKey = None,
        prod_known_hosts: KnownHosts = None,
        prod_port: Port = 22,
        anonymize: Annotated[
            bool, Doc("Replace personal data; if off, this is recorded, and the team is notified.")
        ] = True,
        filestore: Annotated[
            bool, Doc("Also copy files: those of modules; if not anonymized, all of them.")
        ] = False,
    ) -> Refresh:
        """Give UAT the database of PROD: plan, run. PROD is only read."""
        prod = Vm(
            environment="prod",
            host=prod_host,
            user=prod_user,
            ssh_key=prod_ssh_key,
            known_hosts=prod_known_hosts,
            port=prod_port,
        )
        return Refresh(
            pipeline=self.pipeline,
            source=self.source,
            uat=self.vm,
            prod=prod,
            registry=self.registry,
            anonymize=anonymize,
            filestore=filestore,
        )
