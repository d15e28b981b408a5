"""Images in a registry: publish for UAT, promote to PROD, resolve, read their documents."""

import json
from typing import Annotated, Any

import dagger
from dagger import Doc, function, object_type

from ..arguments import Format, ImageName, Version
from ..engine import containers
from ..engine.access import Access
from ..engine.commands import cached
from ..reach.registry import Registry
from ..steps.graph import Graph
from ..steps.runner import StepRunner
from ..steps.summary import summary

#: Paths of a command's inputs in its container.
_ARCHIVE, _ROOT, _RESULTS, _SBOM = "/opt/image.tar", "/opt/image", "/opt/results", "/opt/sbom.json"


@object_type
class Image:
    """Images of the source in a registry."""

    pipeline: dagger.Directory
    source: dagger.Directory
    registry: Registry
    access: Access

    @function(cache="never")
    async def publish(self, version: Version = "", format: Format = "table") -> str:
        """Build, start and test the image, and push it as uat-<commit>, uat-v<version>, uat-latest.
        Its bill of materials and its provenance are attached. Returns every reference with its
                digest. A source with uncommitted changes is published as `…-dirty`, never as
                uat-latest.
        """
        graph = Graph(self.pipeline, self.source, access=self.access)
        tools = graph.tools(graph.source)
        await self.registry.run(tools, "image", "publish", f"--version={version}")
        image, runner = await tested(graph, version)
        container = (
            tools.with_mounted_file(_ARCHIVE, image.as_tarball())
            .with_mounted_file(_SBOM, _sbom(tools, image, version))
            .with_mounted_directory(_RESULTS, runner.results())
        )
        options = [f"--version={version}", f"--sbom={_SBOM}", f"--results={_RESULTS}"]
        options.append(f"--format={format}")
        return await self.registry.run(container, "image", "publish", _ARCHIVE, *options)

    @function(cache="never")
    async def promote(
        self,
        version: Annotated[str, Doc("Version that UAT ran, such as 1.2.3.")],
        keep: Annotated[int, Doc("Number of prod-v… tags to keep; 0: that of pipeline.toml.")] = 0,
        running: Annotated[
            list[str] | None,
            Doc(
                "Images that environments run (digest, tag or reference): never removed. Unset: "
                "nothing is removed."
            ),
        ] = None,
        expect: Annotated[str, Doc("Digest that uat-v<version> must have.")] = "",
        allow_untested: Annotated[bool, Doc("Also promote what UAT never ran.")] = False,
        format: Format = "table",
    ) -> str:
        """Point prod-v<version> to the image of uat-v<version>; nothing is built. A prod-v… tag
        never moves. Old ones are removed, except those that an environment runs; other tags of an
        image
        stay.
        """
        options = [f"--running={entry}" for entry in running or []]
        options += [f"--keep={keep}"] if keep else []
        options += [f"--expect={expect}"] if expect else []
        options += ["--allow-untested"] if allow_untested else []
        return await self._run("image", "promote", *options, f"--format={format}", "--", version)

    @function(cache="never")
    async def resolve(
        self,
        image: ImageName,
        expect: Annotated[str, Doc("Digest that the tag must have.")] = "",
        format: Format = "table",
    ) -> str:
        """Print the digest that a tag points to now; fail if it is not the expected one."""
        options = [f"--expect={expect}"] if expect else []
        return await self._run("image", "resolve", *options, f"--format={format}", "--", image)

    @function(cache="never")
    async def document(
        self,
        image: ImageName,
        kind: Annotated[str, Doc("`sbom`, `provenance` or `ran-uat`.")],
    ) -> str:
        """Read a document that belongs to an image in the registry."""
        return await self._run("image", "document", "--", image, kind)

    async def _run(self, noun: str, verb: str, *arguments: str) -> str:
        tools = Graph(self.pipeline, self.source).tools(self.source)
        return await self.registry.run(tools, noun, verb, *arguments)


async def tested(graph: Graph, version: str) -> tuple[dagger.Container, StepRunner]:
    """The labelled image of a source, and the step that started and tested it.

    Raises:
        StepsFailed: it does not start.
    """
    described = await _metadata(graph, version)
    runner = StepRunner()
    plan = await graph.plan(runner)
    image = await graph.built()
    if plan is not None:
        await runner.run(await graph.image(plan, image))
    await summary(graph, runner)
    for name, value in described["labels"].items():
        image = image.with_label(name, value)
    return image, runner


async def _metadata(graph: Graph, version: str) -> dict[str, Any]:
    arguments = ["image", "metadata", f"--version={version}"]
    ended = await cached(graph.tools(graph.source), arguments)
    described: dict[str, Any] = json.loads(await ended.stdout())
    return described


def _sbom(tools: dagger.Container, image: dagger.Container, version: str) -> dagger.File:
    """The bill of materials, made in the tools' container from the image's file system."""
    container = tools.with_mounted_directory(_ROOT, image.rootfs())
    arguments = [f"--root={_ROOT}", f"--version={version}", f"--output={_SBOM}"]
    return container.with_exec(["python", containers.PACKAGE, "image", "sbom", *arguments]).file(
        _SBOM
    )
