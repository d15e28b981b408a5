"""Functions on releases: the versions that can go to PROD, and the release on GitHub."""

from typing import Annotated

import dagger
from dagger import Doc, function

from .graph import Graph
from .inputs import Source
from .verdict import finished, said

_TOKEN = "/run/secrets/github-token"
_WORKFLOW = ".github/workflows/deploy-prod.yml"


class Releasing:
    """Releases."""

    pipeline: dagger.Directory

    @function(cache="never")
    async def release(
        self,
        source: Source,
        version: Annotated[
            str, Doc("Version, such as 1.2.3; empty: [image] version in pipeline.toml.")
        ] = "",
        token: Annotated[
            dagger.Secret | None,
            Doc("GitHub token that may write the repository's contents, such as env:GITHUB_TOKEN."),
        ] = None,
        repository: Annotated[
            str, Doc("Owner and name on GitHub; empty: those of the remote `origin`.")
        ] = "",
        api: Annotated[str, Doc("Address of GitHub's API.")] = "https://api.github.com",
        dry_run: Annotated[bool, Doc("Only show the notes; false makes the release.")] = True,
        format: Annotated[str, Doc("`table` or `json`.")] = "table",
    ) -> str:
        """Make a GitHub release, with the changed add-ons and the commits since the last one.

        Without `--dry-run=false` it only shows the notes. A release that exists stays as it is.
        """
        container = Graph(self.pipeline, source).tools(source)
        arguments = ["release", "--version", version, "--repository", repository, "--api", api]
        arguments += ["--dry-run" if dry_run else "--publish", "--format", format]
        if token is not None:
            container = container.with_mounted_secret(_TOKEN, token)
            arguments += ["--token-file", _TOKEN]
        return await said(container, arguments)

    @function(cache="never")
    async def doctor_github(
        self,
        source: Source,
        token: Annotated[
            dagger.Secret | None,
            Doc("GitHub token that may read Actions, Environments and Secrets of the repository."),
        ] = None,
        repository: Annotated[
            str, Doc("Owner and name on GitHub; empty: those of the remote `origin`.")
        ] = "",
        api: Annotated[str, Doc("Address of GitHub's API.")] = "https://api.github.com",
        format: Annotated[str, Doc("`table` or `json`.")] = "table",
    ) -> str:
        """Say which secrets stand where a branch could read them; fails when one does.

        It reads names only, and changes nothing.
        """
        container = Graph(self.pipeline, source).tools(source)
        arguments = ["doctor-github", "--repository", repository, "--api", api]
        arguments += ["--format", format]
        if token is not None:
            container = container.with_mounted_secret(_TOKEN, token)
            arguments += ["--token-file", _TOKEN]
        return await said(container, arguments)

    @function
    async def versions(self, source: Source) -> dagger.File:
        """Give deploy-prod.yml with the newest versions to choose from.

        `dagger call versions export --path .github/workflows/deploy-prod.yml`
        """
        container = Graph(self.pipeline, source).tools(source)
        return (await finished(container, ["versions", "--write"])).file(_WORKFLOW)
