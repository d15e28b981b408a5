"""The functions that `dagger call` offers. Each prepares containers; the logic is in scripts/.

The engine keeps what a function returned for days, and never what it raised. So one that returns
something though steps failed is kept for its session alone: the next call tries these steps again.
"""

from typing import Annotated

import dagger
from dagger import DefaultPath, Doc, Ignore, check, function, object_type

from . import images
from .backups import Backups
from .deployment import Deployment
from .graph import Graph
from .inputs import Baseline, ChangedSince, Shard, Source, Times
from .machines import Machines
from .odoosh import OdooSh
from .project import Project
from .publishing import Publishing
from .refreshing import Refreshing
from .releasing import Releasing
from .steps import Run
from .verdict import alone, finished, on_results, planned, verdict, whole

#: Where the containers leave what is returned.
_REPORT, _COVERAGE = "/report", "/coverage-baseline.json"


@object_type
class OdooMta(Deployment, Backups, Machines, Refreshing, Publishing, Releasing, OdooSh, Project):
    """The pipeline of an Odoo add-ons repository."""

    pipeline: Annotated[
        dagger.Directory,
        DefaultPath("/scripts"),
        Ignore(["*", "!pipeline", "!requirements", "**/__pycache__"]),
        Doc("The pipeline's own package; there is no reason to give another."),
    ]

    @function
    async def ci(
        self, source: Source, changed_since: ChangedSince = "", baseline: Baseline = None
    ) -> str:
        """Run every check, all tests and a test build, and end with one table.

        Steps that do not need each other run at once; each runs to its end, and all failures are
        shown. The call fails when a step does.
        """
        graph, run = Graph(self.pipeline, source, changed_since, baseline), Run()
        await graph.everything(run)
        return await verdict(graph, run)

    @function(cache="session")
    async def report(
        self,
        source: Source,
        changed_since: ChangedSince = "",
        baseline: Baseline = None,
        shard: Shard = "",
        times: Times = None,
    ) -> dagger.Directory:
        """Run what `ci` runs and return its report as HTML, JUnit, Cobertura and Markdown.

        The directory is made whether steps fail or not; it is `ci` that fails.
        """
        graph = Graph(self.pipeline, source, changed_since, baseline, shard, times)
        run = Run()
        await graph.everything(run)
        container, given = on_results(graph, run)
        command = ["report", "--output", _REPORT, *given, *whole(run)]
        command += ["--shard", shard] if shard else []
        return (await finished(container, command)).directory(_REPORT)

    @function(cache="session")
    async def merge_reports(
        self,
        source: Source,
        shards: Annotated[
            dagger.Directory,
            Doc("The reports of all shards, each in a directory of its own below this one."),
        ],
        changed_since: ChangedSince = "",
        baseline: Baseline = None,
    ) -> dagger.Directory:
        """Make one report of those of all shards, and hold the coverage gate on their sum.

        It is the report that one machine would have made; what a shard left out is an error in it.
        """
        graph = Graph(self.pipeline, source, changed_since, baseline)
        container, command = graph.merging(shards)
        command += ["--output", _REPORT]
        # The gate is judged in this command: its failure is as little kept as that of a step.
        return (await finished(images.now(container), command)).directory(_REPORT)

    @function
    @check
    async def lint(self, source: Source) -> str:
        """Check the format (black), the imports (isort) and the style (flake8) of all Python files.

        The tools follow the configuration of the source.
        """
        graph = Graph(self.pipeline, source)
        return await alone(graph, graph.lint())

    @function
    @check
    async def manifests(self, source: Source) -> str:
        """Check the manifests: keys, types, versions, licences, dependencies, data files."""
        return await self._on_addons("manifests", source)

    @function
    async def modules(
        self, source: Source, format: Annotated[str, Doc("`table` or `json`.")] = "table"
    ) -> str:
        """List the add-ons: version, dependencies, and whether they have tests."""
        graph = Graph(self.pipeline, source)
        ended = await finished(graph.tools(graph.files), ["modules", "--format", format])
        return await ended.stdout()

    @function
    @check
    async def secrets(self, source: Source) -> str:
        """Look for secrets in the files and, where there is history, in every commit."""
        graph = Graph(self.pipeline, source)
        return await alone(graph, graph.secrets())

    @function
    @check
    async def gitignore(self, source: Source) -> str:
        """Check that what must never be committed is ignored by git, and is not tracked."""
        graph = Graph(self.pipeline, source)
        return await alone(graph, graph.gitignore())

    @function
    @check
    async def test(
        self,
        source: Source,
        changed_since: ChangedSince = "",
        baseline: Baseline = None,
        shard: Shard = "",
        times: Times = None,
    ) -> str:
        """Run the Python tests and those of the add-ons in a real Odoo; hold the coverage gate.

        The coverage of one shard is not judged: `report --shard` and `merge-reports` do that.
        """
        graph = Graph(self.pipeline, source, changed_since, baseline, shard, times)
        run = Run()
        if plan := await graph.plan(run):
            await graph.tests(run, plan)
        return await verdict(graph, run)

    @function(cache="session")
    async def baseline(self, source: Source) -> dagger.File:
        """Run all tests and return the coverage reached, to be committed as the new baseline."""
        graph, run = Graph(self.pipeline, source), Run()
        if plan := await graph.plan(run):
            await graph.tests(run, plan)
        container, given = on_results(graph, run)
        ended = await finished(container, ["baseline", "--output", _COVERAGE, *given])
        return ended.file(_COVERAGE)

    @function
    async def odoo(self, source: Source) -> dagger.Container:
        """Give the container of the add-ons' tests, with its prepared database, to look around.

        `dagger call odoo terminal` opens a shell in it.
        """
        graph = Graph(self.pipeline, source)
        plan = await planned(graph)
        container = images.with_package(await graph.odoo(plan), self.pipeline)
        return container.with_mounted_directory(images.SOURCE, graph.files)

    @function
    async def python(self, source: Source) -> dagger.Container:
        """Give the container of the tests outside Odoo, to look around.

        `dagger call python terminal` opens a shell in it.
        """
        graph = Graph(self.pipeline, source)
        plan = await planned(graph)
        return graph.python(plan).with_mounted_directory(images.SOURCE, graph.outside(plan))

    @function(cache="session")
    async def mutants(self, source: Source) -> str:
        """Break the add-ons on purpose, one patch at a time, and see that their tests notice."""
        graph, run = Graph(self.pipeline, source), Run()
        judging = await graph.mutants(run)
        if judging is None:
            return await verdict(graph, run)
        return await (await finished(judging.container, judging.arguments)).stdout()

    async def _on_addons(self, name: str, source: dagger.Directory) -> str:
        graph, run = Graph(self.pipeline, source), Run()
        await run.step(graph.on_addons(name, await graph.plan(run)))
        return await verdict(graph, run)
