"""Releases: the versions that can be deployed to PROD, and the release on GitHub."""

from typing import Annotated

import dagger
from dagger import Doc, function, object_type

from ..arguments import Format
from ..engine.commands import cached, uncached
from ..steps.graph import Graph

_TOKEN = "/run/secrets/github-token"
_WORKFLOW = ".github/workflows/deploy-prod.yml"


@object_type
class Release:
    """Releases of the source on GitHub."""

    pipeline: dagger.Directory
    source: dagger.Directory
    token: dagger.Secret | None
    repository: str
    api: str

    @function(cache="never")
    async def create(
        self,
        version: Annotated[
            str, Doc("Version, such as 1.2.3; empty: [image] version in pipeline.toml.")
        ] = "",
        dry_run: Annotated[bool, Doc("Only show the notes; false creates the release.")] = True,
        format: Format = "table",
    ) -> str:
        """Create a GitHub release, with the changed add-ons and the commits since the last one.
        Without `--dry-run=false` it only shows the notes. An existing release is left as it is.
        """
        arguments = [
            "release",
            "create",
            "--version",
            version,
            "--dry-run" if dry_run else "--publish",
        ]
        return await self._run([*arguments, "--format", format])

    @function(cache="never")
    async def doctor(self, format: Format = "table") -> str:
        """Show which secrets are stored where a branch could read them; fails if there are any.

        It reads only names, and changes nothing.
        """
        return await self._run(["release", "doctor", "--format", format])

    @function
    async def versions(self) -> dagger.File:
        """Return deploy-prod.yml with the newest versions to choose from.

        `dagger call release versions export --path .github/workflows/deploy-prod.yml`
        """
        return (await cached(self._tools(), ["release", "versions", "--write"])).file(_WORKFLOW)

    def _tools(self) -> dagger.Container:
        return Graph(self.pipeline, self.source).tools(self.source)

    async def _run(self, command: list[str]) -> str:
        """Run a command that queries GitHub."""
        container = self._tools()
        command = [*command, "--repository", self.repository, "--api", self.api]
        if self.token is not None:
            container = container.with_mounted_secret(_TOKEN, self.token)
            command += ["--token-file", _TOKEN]
        return await uncached(container, command)
