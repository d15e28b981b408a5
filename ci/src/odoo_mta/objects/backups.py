"""The backups of UAT or PROD. These functions are never cached."""

from typing import Annotated

import dagger
from dagger import Doc, function, object_type

from ..arguments import DryRun, Format, Manifest, Wait
from ..reach.vm import Vm, with_settings


@object_type
class Backups:
    """The backups of an environment."""

    pipeline: dagger.Directory
    source: dagger.Directory
    vm: Vm

    @function(cache="never")
    async def create(
        self,
        reason: Annotated[str, Doc("Reason, recorded in the manifest.")] = "by hand",
        wait: Wait = 0,
    ) -> str:
        """Back up database, files and image, while the environment runs."""
        return await self._run("backup", "create", f"--reason={reason}", f"--wait={wait}")

    @function(cache="never")
    async def list(self, format: Format = "table") -> str:
        """List the backups: age, size, version, and whether they are verified."""
        return await self._run("backup", "list", f"--format={format}")

    @function(cache="never")
    async def verify(
        self,
        restore: Annotated[
            bool, Doc("Also restore each one, twice, in isolation, and start Odoo on it.")
        ] = False,
        manifest: Manifest = "",
        format: Format = "table",
    ) -> str:
        """Check the backups byte by byte: all of them, or one manifest."""
        options = [f"--format={format}", *(["--restore"] if restore else [])]
        options += [f"--manifest={manifest}"] if manifest else []
        return await self._run("backup", "verify", *options)

    @function(cache="never")
    async def prune(self, dry_run: DryRun = False, format: Format = "table") -> str:
        """Remove old backups; keep 7 daily, 4 weekly, 3 monthly, and the last good one."""
        options = [f"--format={format}", *(["--dry-run"] if dry_run else [])]
        return await self._run("backup", "prune", *options)

    async def _run(self, *command: str) -> str:
        tools = with_settings(self.pipeline, self.source)
        return await self.vm.run(tools, *command, *self.vm.backups())
