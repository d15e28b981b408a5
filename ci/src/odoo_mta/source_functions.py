"""The functions of `dagger call` that need a source and nothing else.

The engine caches a function's result for days, but never an error. So the result of a function that
returns despite failed steps is cached for its session only: the next call runs these steps again.
"""

from typing import Annotated

import dagger
from dagger import Doc, check, function

from .arguments import Baseline, ChangedSince, Format, Shard, Source, Templates, Times, Version
from .engine import containers
from .engine.access import Access
from .engine.browser import with_browser
from .engine.commands import Expected, cached
from .objects.image import tested
from .steps.graph import Graph
from .steps.runner import StepRunner
from .steps.summary import alone, of_whole_run, planned, summary, with_results

#: Paths of the results in the containers.
_REPORT, _COVERAGE, _MADE = "/report", "/coverage-baseline.json", "/made"
_TEMPLATES = "/opt/templates"


class SourceFunctions:
    """Checks, tests, builds and reports of a source."""

    pipeline: dagger.Directory
    netrc: dagger.Secret | None
    git_key: dagger.Secret | None
    git_known_hosts: dagger.Secret | None

    @function
    async def ci(
        self, source: Source, changed_since: ChangedSince = "", baseline: Baseline = None
    ) -> str:
        """Run every check, all tests and a test build, and end with one table. Independent steps
        run in parallel; each runs to its end, and all failures are shown. The call fails if a step
        does.
        """
        graph, runner = self._graph(source, changed_since, baseline), StepRunner()
        await graph.everything(runner)
        return await summary(graph, runner)

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

        The directory is returned even if steps fail; only `ci` fails.
        """
        graph = self._graph(source, changed_since, baseline, shard, times)
        runner = StepRunner()
        await graph.everything(runner)
        container, given = with_results(graph, runner)
        command = ["report", "write", "--output", _REPORT, *given, *of_whole_run(runner)]
        command += ["--shard", shard] if shard else []
        return (await cached(container, command)).directory(_REPORT)

    @function(cache="session")
    async def merge_reports(
        self,
        source: Source,
        shards: Annotated[
            dagger.Directory,
            Doc("The reports of all shards, each in its own subdirectory."),
        ],
        changed_since: ChangedSince = "",
        baseline: Baseline = None,
    ) -> dagger.Directory:
        """Merge the reports of all shards into one, and apply the coverage gate to the total. The
        report is the one that a single machine would have made; whatever a shard left out is an
        error in
        it.
        """
        graph = self._graph(source, changed_since, baseline)
        container, command = graph.merging(shards)
        command += ["--output", _REPORT]
        # The gate is applied in this command: like a step's, its failure is not cached.
        return (await cached(containers.now(container), command)).directory(_REPORT)

    @function
    @check
    async def lint(self, source: Source) -> str:
        """Check format, imports and style of all Python files, and the code and data of add-ons.

        The tools, their versions and their configuration are those of the source: ruff, black,
        isort, flake8, pylint-odoo, OCA's hooks.
        """
        graph, runner = self._graph(source), StepRunner()
        await graph.lint(runner)
        return await summary(graph, runner)

    @function
    @check
    async def manifests(self, source: Source) -> str:
        """Check the manifests: keys, types, versions, licences, dependencies, data files."""
        graph, runner = self._graph(source), StepRunner()
        await runner.run(graph.on_addons("manifests", await graph.plan(runner)))
        return await summary(graph, runner)

    @function
    async def modules(self, source: Source, format: Format = "table") -> str:
        """List the add-ons: version, dependencies, and whether they have tests."""
        graph = self._graph(source)
        ended = await cached(graph.tools(graph.files), ["check", "modules", "--format", format])
        return await ended.stdout()

    @function
    @check
    async def secrets(
        self,
        source: Source,
        strict: Annotated[bool, Doc("Also note what may be a secret; the step passes.")] = False,
    ) -> str:
        """Look for secrets in the files and, if there is history, in every commit."""
        graph = self._graph(source)
        return await alone(graph, graph.secrets(strict))

    @function
    @check
    async def gitignore(self, source: Source) -> str:
        """Check that what must never be committed is ignored by git, and is not tracked."""
        graph = self._graph(source)
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
        """Run the Python tests and those of the add-ons in a real Odoo, and apply the coverage
        gate. The coverage of one shard is not checked: `report --shard` and `merge-reports` do
        that.
        """
        graph = self._graph(source, changed_since, baseline, shard, times)
        runner = StepRunner()
        if plan := await graph.plan(runner):
            await graph.tests(runner, plan)
        return await summary(graph, runner)

    @function(cache="session")
    async def baseline(self, source: Source) -> dagger.File:
        """Run all tests and return the coverage reached, to be committed as the new baseline."""
        graph, runner = self._graph(source), StepRunner()
        if plan := await graph.plan(runner):
            await graph.tests(runner, plan)
        container, given = with_results(graph, runner)
        ended = await cached(container, ["test", "baseline", "--output", _COVERAGE, *given])
        return ended.file(_COVERAGE)

    @function(cache="session")
    async def mutants(self, source: Source) -> str:
        """Break the add-ons on purpose, one patch at a time, and check that their tests notice."""
        graph, runner = self._graph(source), StepRunner()
        judging = await graph.mutants(runner)
        if judging is None:
            return await summary(graph, runner)
        return await (await cached(judging.container, judging.arguments)).stdout()

    @function
    async def odoo(
        self,
        source: Source,
        addon: Annotated[
            str, Doc("Add-on whose database it has; unset: one with what all of them need.")
        ] = "",
    ) -> dagger.Container:
        """Return the container of the add-ons' tests, with its prepared database, to look around.

        `dagger call odoo --addon sale_visit terminal` opens a shell in it.
        """
        graph = self._graph(source)
        plan = await planned(graph)
        units = [unit for unit in plan["units"] if not addon or unit["addon"] == addon]
        if addon and not units:
            known = ", ".join(plan["installable"])
            raise Expected(
                f"\nerror: there is no add-on named {addon!r} that can be installed\n"
                f"  what to do: use one of: {known}"
            )
        prepared = await graph.odoo(plan, addon)
        packages = sorted({name for unit in units for name in unit["packages"]})
        container = prepared.at_server("a person", packages)
        if any(unit["browser"] for unit in units):
            container = with_browser(container)
        container = containers.with_package(container, self.pipeline)
        return container.with_mounted_directory(containers.SOURCE, graph.files)

    @function
    async def python(self, source: Source) -> dagger.Container:
        """Return the container of the tests outside Odoo, to look around.

        `dagger call python terminal` opens a shell in it.
        """
        graph = self._graph(source)
        plan = await planned(graph)
        outside = graph.outside(plan)
        return outside.container().with_mounted_directory(containers.SOURCE, outside.files)

    @function
    @check
    async def build(self, source: Source, version: Version = "") -> dagger.Container:
        """Build the image of the Dockerfile, and start it with a database to check that it works.

        It is labelled with version, commit and the commit's date.
        """
        image, _ = await tested(self._graph(source), version)
        return image

    @function(cache="session")
    async def init_project(
        self,
        source: Source,
        name: Annotated[str, Doc("Short name of the project, such as odoo-care.")],
        templates: Templates,
        series: Annotated[str, Doc("Odoo series; unset: that of the add-ons' versions.")] = "",
        repository: Annotated[
            str, Doc("Repository of its images, such as acme/odoo-care; unset: to be filled in.")
        ] = "",
        module: Annotated[
            str, Doc("Address of the Dagger module that the workflows call; unset: this version's.")
        ] = "",
    ) -> dagger.Directory:
        """Return the files that a repository is missing: settings, image, stack, workflows. Nothing
        is overwritten: `dagger call init-project --source . --name odoo-care export
                --path .` adds what is missing, and reports the existing files, which are not
                returned.
        """
        command = ["project", "init", "--name", name, "--templates", _TEMPLATES, "--output", _MADE]
        command += ["--series", series] if series else []
        command += ["--module", module] if module else []
        command += ["--repository", repository] if repository else []
        graph = self._graph(source)
        container = graph.tools(graph.files).with_mounted_directory(_TEMPLATES, templates)
        ended = await cached(container, command)
        print(await ended.stdout())  # into the call's log: the files alone do not say what was kept
        return ended.directory(_MADE)

    def _access(self) -> Access:
        return Access(netrc=self.netrc, git_key=self.git_key, git_known_hosts=self.git_known_hosts)

    def _graph(
        self,
        source: dagger.Directory,
        changed_since: str = "",
        baseline: dagger.File | None = None,
        shard: str = "",
        times: dagger.File | None = None,
    ) -> Graph:
        access = self._access()
        return Graph(self.pipeline, source, changed_since, baseline, shard, times, access)
