"""UAT: deployments of what was built, and its refresh from PROD."""

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
        auto_rollback: Annotated[bool, Doc("After a failure go back to what ran before.")] = True,
        wait: Wait = 0,
    ) -> str:
        """Deploy an image to UAT: backup, pull, update of changed add-ons, health, switch.

        What fails is rolled back: database, files and image. A healthy image gets a note in the
        registry that UAT ran it. The VM works alone: it ends what was begun when the call is cut.
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
            bool, Doc("Replace people's data; without it that is recorded, and the team is told.")
        ] = True,
        filestore: Annotated[
            bool, Doc("Files come along: those that modules brought; not anonymized, all of them.")
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
