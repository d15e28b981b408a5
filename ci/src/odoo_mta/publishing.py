"""Functions on images: build, publish for UAT, promote to PROD, resolve, read what lies beside."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

import dagger
from dagger import Doc, check, function

from . import images
from .graph import Graph
from .inputs import Source
from .smoke import build, smoke
from .steps import Run
from .verdict import finished, said, verdict

Version = Annotated[
    str, Doc("Version; empty: that of the commit's tag v<version>, else that of pipeline.toml.")
]
Username = Annotated[str, Doc("User of the registry.")]
Token = Annotated[dagger.Secret | None, Doc("Access token of that user, such as env:TOKEN.")]
RegistryHost = Annotated[str, Doc("Host of the registry; empty: that of pipeline.toml.")]
RepositoryName = Annotated[
    str, Doc("Repository in it, such as resultrum/odoo-mta; empty: that of pipeline.toml.")
]
Insecure = Annotated[
    bool, Doc("Talk to the registry over plain HTTP. No credentials are ever sent there.")
]
Authorities = Annotated[
    dagger.File | None, Doc("Certificate authorities that the registry's certificate may be of.")
]
Format = Annotated[str, Doc("`table` or `json`.")]
Image = Annotated[str, Doc("Tag, digest, or registry/repository:tag.")]

#: Where the containers of commands find what they are given.
_TOKEN, _AUTHORITIES = "/run/secrets/registry-token", "/opt/authorities.pem"
_ARCHIVE, _ROOT, _RESULTS, _SBOM = "/opt/image.tar", "/opt/image", "/opt/results", "/opt/sbom.json"


@dataclass(frozen=True)
class Registry:
    """A registry as the arguments of a function describe it."""

    registry: str
    repository: str
    username: str = ""
    token: dagger.Secret | None = None
    insecure: bool = False
    authorities: dagger.File | None = None

    async def run(self, container: dagger.Container, *arguments: str) -> str:
        """Run a command that talks to the registry, now and not from a cache."""
        options = [f"--registry={self.registry}"] if self.registry else []
        if self.repository:
            options.append(f"--repository={self.repository}")
        if self.username:
            options.append(f"--username={self.username}")
        if self.insecure:
            options.append("--insecure")
        if self.token is not None:
            container = container.with_mounted_secret(_TOKEN, self.token)
            options.append(f"--token-file={_TOKEN}")
        if self.authorities is not None:
            container = container.with_mounted_file(_AUTHORITIES, self.authorities)
            options.append(f"--ca-file={_AUTHORITIES}")
        return await said(container, [*arguments[:1], *options, *arguments[1:]])


class Publishing:
    """Images."""

    pipeline: dagger.Directory

    @function
    @check
    async def build(self, source: Source, version: Version = "") -> dagger.Container:
        """Build the image of the Dockerfile, and start it with a database to see that it works.

        It is labelled with version, commit and the commit's date.
        """
        image, _ = await _tested(Graph(self.pipeline, source), version)
        return image

    @function(cache="never")
    async def publish_uat(
        self,
        source: Source,
        username: Username = "",
        token: Token = None,
        registry: RegistryHost = "",
        repository: RepositoryName = "",
        version: Version = "",
        insecure: Insecure = False,
        authorities: Authorities = None,
        format: Format = "table",
    ) -> str:
        """Build, start and try the image, and push it as uat-<commit>, uat-v<version>, uat-latest.

        Beside it go its bill of materials and its provenance. Returns every reference with its
        digest. A source with uncommitted changes is published as `…-dirty`, never as uat-latest.
        """
        graph = Graph(self.pipeline, source)
        place = Registry(registry, repository, username, token, insecure, authorities)
        await place.run(graph.tools(graph.source), "publish-image", f"--version={version}")
        image, run = await _tested(graph, version)
        container = (
            graph.tools(graph.source)
            .with_mounted_file(_ARCHIVE, image.as_tarball())
            .with_mounted_file(_SBOM, _sbom(graph, image, version))
            .with_mounted_directory(_RESULTS, run.results())
        )
        options = [f"--version={version}", f"--sbom={_SBOM}", f"--results={_RESULTS}"]
        return await place.run(container, "publish-image", _ARCHIVE, *options, f"--format={format}")

    @function(cache="never")
    async def publish_prod(
        self,
        source: Source,
        version: Annotated[str, Doc("Version that UAT ran, such as 1.2.3.")],
        username: Username = "",
        token: Token = None,
        registry: RegistryHost = "",
        repository: RepositoryName = "",
        keep: Annotated[int, Doc("Tags prod-v… to keep; 0: as many as pipeline.toml says.")] = 0,
        running: Annotated[
            list[str] | None,
            Doc(
                "What environments run (digest, tag or reference): never removed. None: nothing is."
            ),
        ] = None,
        expect: Annotated[str, Doc("Digest that uat-v<version> must have.")] = "",
        allow_untested: Annotated[bool, Doc("Promote also what UAT never ran.")] = False,
        insecure: Insecure = False,
        authorities: Authorities = None,
        format: Format = "table",
    ) -> str:
        """Let prod-v<version> name the very image that uat-v<version> names; nothing is built.

        A prod-v… tag never moves. Then old ones are removed, but for those that an environment
        runs; other tags of an image stay.
        """
        place = Registry(registry, repository, username, token, insecure, authorities)
        options = [f"--running={entry}" for entry in running or []]
        options += [f"--keep={keep}"] if keep else []
        options += [f"--expect={expect}"] if expect else []
        options += ["--allow-untested"] if allow_untested else []
        container = Graph(self.pipeline, source).tools(source)
        return await place.run(
            container, "promote-image", *options, f"--format={format}", "--", version
        )

    @function(cache="never")
    async def resolve_image(
        self,
        source: Source,
        image: Image,
        expect: Annotated[str, Doc("Digest that it must have.")] = "",
        username: Username = "",
        token: Token = None,
        registry: RegistryHost = "",
        repository: RepositoryName = "",
        insecure: Insecure = False,
        authorities: Authorities = None,
        format: Format = "table",
    ) -> str:
        """Say which digest a tag names now; fail when it is not the expected one."""
        place = Registry(registry, repository, username, token, insecure, authorities)
        container = Graph(self.pipeline, source).tools(source)
        options = [f"--expect={expect}"] if expect else []
        return await place.run(
            container, "resolve-image", *options, f"--format={format}", "--", image
        )

    @function(cache="never")
    async def image_document(
        self,
        source: Source,
        image: Image,
        kind: Annotated[str, Doc("`sbom`, `provenance` or `ran-uat`.")],
        username: Username = "",
        token: Token = None,
        registry: RegistryHost = "",
        repository: RepositoryName = "",
        insecure: Insecure = False,
        authorities: Authorities = None,
    ) -> str:
        """Read a document that lies beside an image in the registry."""
        place = Registry(registry, repository, username, token, insecure, authorities)
        container = Graph(self.pipeline, source).tools(source)
        return await place.run(container, "image-document", "--", image, kind)


async def _tested(graph: Graph, version: str) -> tuple[dagger.Container, Run]:
    """The labelled image, and the run in which it was tried."""
    described = await _metadata(graph, version)
    run, image = Run(), build(graph.files)
    if plan := await graph.plan(run):
        await run.step(await smoke(graph, plan, image))
    await verdict(graph, run)
    for name, value in described["labels"].items():
        image = image.with_label(name, value)
    return image, run


async def _metadata(graph: Graph, version: str) -> dict[str, Any]:
    arguments = ["image-metadata", f"--version={version}"]
    ended = await finished(graph.tools(graph.source), arguments)
    described: dict[str, Any] = json.loads(await ended.stdout())
    return described


def _sbom(graph: Graph, image: dagger.Container, version: str) -> dagger.File:
    """The bill of materials, made in the tools' container from the image's file system."""
    container = graph.tools(graph.source).with_mounted_directory(_ROOT, image.rootfs())
    arguments = [f"--root={_ROOT}", f"--version={version}", f"--output={_SBOM}"]
    return container.with_exec(["python", images.PACKAGE, "sbom", *arguments]).file(_SBOM)
