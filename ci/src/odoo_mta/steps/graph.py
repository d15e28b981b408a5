"""The graph of steps for one source: what each reads, and what waits for what."""

import anyio
import dagger
from dagger import dag

from ..engine import containers
from ..engine.access import Access
from ..engine.browser import with_browser
from ..engine.by_content import Packed, by_content
from ..engine.odoo import Prepared
from ..engine.plan import DemoData, Mutant, TestPlan, Unit
from .databases import PreparedDatabases
from .lint import run_lint
from .outside import OutsideTests
from .planning import SETTINGS, Planned
from .runner import ContainerStep, StepRunner, shown
from .test_build import started

#: Files that the manifest checks read in addition to the add-ons: those that name pip's packages.
_PACKAGED = ["setup/*/setup.py", "setup/*/pyproject.toml", "*requirements*.txt"]
_MANIFESTS = ("__manifest__.py", "__openerp__.py")
DOCKERFILE = "Dockerfile"
_SETTINGS = [SETTINGS, ".gitmodules"]
_BASELINE = "/opt/baseline.json"


class Graph:
    """The steps on one source.

    Each gets only the files it reads, so that other files do not trigger it.
    """

    def __init__(
        self,
        package: dagger.Directory,
        source: dagger.Directory,
        changed_since: str = "",
        baseline: dagger.File | None = None,
        shard: str = "",
        times: dagger.File | None = None,
        access: Access | None = None,
    ) -> None:
        self.package = package
        self.source = source
        self.baseline = baseline
        self.shard = shard
        self.access = access or Access()
        self._planned = Planned(package, source, changed_since, shard, times, self.access)
        self._testable: bool | None = None
        self._databases: PreparedDatabases | None = None
        self._packed: Packed | None = None

    @property
    def files(self) -> dagger.Directory:
        """The source without its history, with what `plan` fetched."""
        return self._planned.files

    async def plan(self, runner: StepRunner) -> TestPlan | None:
        """The test plan, or None after recording in the runner why there is none."""
        return await self._planned.plan(runner)

    def tools(
        self, source: dagger.Directory | None = None, apt: list[str] | None = None
    ) -> dagger.Container:
        """The tools' container; a source, if given, is in its working directory."""
        return containers.tools(self.package, apt, source)

    async def lint(self, runner: StepRunner) -> None:
        """Run the source's own tools."""
        await run_lint(runner, self.tools, self.files)

    def gitignore(self) -> ContainerStep:
        """Files that must not be committed."""
        source = by_content(self.source)
        return ContainerStep("gitignore", self.tools(), source, ["check", "gitignore"])

    def secrets(self, strict: bool = False) -> ContainerStep:
        """Files and history. Clean contents are remembered in a cache volume."""
        container = self.tools().with_mounted_cache(
            containers.CACHE, dag.cache_volume("odoo-mta-secrets")
        )
        command = ["check", "secrets", "--cache", containers.CACHE]
        command += ["--strict"] if strict else []
        return ContainerStep("secrets", container, by_content(self.source), command)

    def on_addons(self, name: str, plan: TestPlan | None) -> ContainerStep:
        """A step that reads only the add-ons that the plan lists; without a plan, all files."""
        files = self.files
        if plan is not None:
            folders = [f"{folder}/**" for folder in plan["folders"]]
            # Of others' add-ons, and of those of which nothing says whose they are, the manifests.
            named = [*plan["dependencies"], *plan["unlisted"]]
            manifests = [f"{folder}/{name}" for folder in named for name in _MANIFESTS]
            others = [*plan["links"], *plan["included_requirements"], *plan["repos"], *manifests]
            files = files.filter(include=[*folders, *others, *_PACKAGED, *_SETTINGS])
        return ContainerStep(name, self.tools(), by_content(files), ["check", name])

    async def everything(self, runner: StepRunner) -> None:
        """Run all steps, as parallel as possible; shards after the first have only tests."""
        first = not self.shard or self.shard.startswith("1/")

        async def addons() -> None:
            plan = await self.plan(runner)
            async with anyio.create_task_group() as group:
                for name in ("manifests", "modules") if first else ():
                    group.start_soon(runner.run, self.on_addons(name, plan))
                if plan is not None:
                    possible = await self._has_odoo(runner, plan)
                    group.start_soon(self.tests, runner, plan)
                    if first and not possible:
                        runner.skipped("build", "the add-ons could not be tested")
                    elif first:
                        group.start_soon(self._test_build, runner, plan)

        async with anyio.create_task_group() as group:
            group.start_soon(addons)
            if first:
                group.start_soon(self.lint, runner)
            for step in (self.gitignore(), self.secrets()) if first else ():
                group.start_soon(runner.run, step)

    async def tests(self, runner: StepRunner, plan: TestPlan) -> None:
        """Run the Python tests and those of each add-on in parallel, then the coverage gate."""
        possible = await self._has_odoo(runner, plan)
        steps = await self.outside(plan).steps()
        steps += [
            await self._test_addon(plan, unit, demo, unit["addon"] + demo["suffix"])
            for demo in plan["demo"]
            for unit in (plan["units"] if possible else [])
        ]
        await runner.run_all(*steps)
        if self.shard:
            count = f"{len(plan['units'])} add-ons" if plan["units"] else "no add-on left to test"
            runner.skipped("coverage", f"shard {self.shard}: {count}; judged by merge-reports")
        elif not possible:
            runner.skipped("coverage", "the add-ons could not be tested")
        elif steps:
            await runner.run(self._coverage(runner.results(*(step.name for step in steps))))

    async def _has_odoo(self, runner: StepRunner, plan: TestPlan) -> bool:
        """Whether there is an Odoo with the packages of the source's requirement files. Otherwise
        each test of an add-on would fail for the one reason that is noted here.
        """
        if self._testable is None:
            step, files = "requirements", ", ".join(plan["requirements"])
            advice = f"correct {files}: a name, a version, or an index that is not reachable"
            try:
                if plan["requirements"] and plan["units"]:
                    with shown(step):
                        await self.databases(plan).odoo.sync()
                step = "databases"
                advice = (
                    "read the message; [odoo] image must name an image with Odoo and its Python"
                )
                if plan["units"]:
                    await self.databases(plan).planned()
                self._testable = True
            except dagger.QueryError as error:
                self._testable = False
                runner.broken(step, error, advice)
        return self._testable

    async def mutants(self, runner: StepRunner) -> ContainerStep | None:
        """Run the tests of each mutant's add-on; returns the step that judges the results."""
        plan = await self.plan(runner)
        if plan is None:
            return None
        tools = self.tools(self.files)
        listed: list[Mutant] | None = await runner.answer("mutants", tools, ["test", "mutants"])
        if listed is None:
            return None
        tried = StepRunner()
        async with anyio.create_task_group() as group:
            for mutant in listed:
                needed = [*mutant["folders"], *mutant["dependencies"]]
                included = [SETTINGS, *(f"{folder}/**" for folder in needed)]
                patched = self.files.filter(include=included)
                patched = patched.with_patch_file(self.files.file(mutant["patch"]))
                step = await self._test_addon(
                    plan, mutant, plan["demo"][0], mutant["name"], patched
                )
                group.start_soon(tried.run, step, mutant["name"])
        container = self.tools().with_mounted_directory("/in", tried.results())
        container = container.with_mounted_directory(containers.SOURCE, self.files)
        return ContainerStep("mutants", container, None, ["test", "mutants", "--results", "/in"])

    def databases(self, plan: TestPlan) -> PreparedDatabases:
        """The databases that the add-ons are tested in."""
        if self._databases is None:
            self._databases = PreparedDatabases(self.package, self.files, plan, self.access)
        return self._databases

    async def odoo(self, plan: TestPlan, addon: str = "") -> Prepared:
        """Odoo and a prepared database for an add-on, or for all together, with the plan's first
        choice of demo data."""
        databases, demo = self.databases(plan), plan["demo"][0]["wanted"]
        return await (databases.of(addon, demo) if addon else databases.whole(demo))

    async def built(self) -> dagger.Container:
        """The image of the Dockerfile."""
        return self.files.docker_build(secrets=await self.access.for_build())

    async def image(self, plan: TestPlan, image: dagger.Container) -> ContainerStep:
        """An image of the source, started with the prepared database."""
        return started(image, self.tools(), await self.odoo(plan), plan)

    def outside(self, plan: TestPlan) -> OutsideTests:
        """The tests outside Odoo."""
        return OutsideTests(self.package, self.files, plan, self.access)

    def merging(self, shards: dagger.Directory) -> tuple[dagger.Container, list[str]]:
        """The container that merges the reports of all shards, and its command."""
        container, bar = self._bar(self.tools(self.source).with_mounted_directory("/in", shards))
        return container, ["report", "merge", "--shards", "/in", *bar]

    async def _test_addon(
        self,
        plan: TestPlan,
        unit: Unit,
        demo: DemoData,
        whose: str,
        files: dagger.Directory | None = None,
    ) -> ContainerStep:
        """The tests of an add-on, on a database server with the name `whose`."""
        reads = [SETTINGS, *unit["folders"], *unit["dependencies"]]
        packed = Packed(files, reads) if files else self._parts(plan)
        prepared = await self.databases(plan).of(unit["addon"], demo["wanted"])
        container = prepared.at_server(whose, unit["packages"])
        if unit["browser"]:
            container = with_browser(container)
        container = containers.with_package(container, self.package)
        given = [f"--folder={folder}" for folder in unit["folders"]]
        given += [f"--dependency={folder}" for folder in unit["dependencies"]]
        name = unit["addon"] + demo["suffix"]
        arguments = ["test", "addon", unit["addon"], f"--unit={name}", *given]
        advice = ""
        if unit["packages"]:
            advice = (
                f"{', '.join(unit['packages'])}: from `external_dependencies` of {unit['addon']} "
                "and of the add-ons that it needs; correct the manifest that has what cannot be "
                "installed, or put what pip needs for it into a requirement file ([odoo] "
                "requirements)"
            )
        return ContainerStep(
            *(f"test-{name}", container, packed.part(*reads), arguments),
            owner="odoo:odoo",
            advice=advice,
        )

    def _parts(self, plan: TestPlan) -> Packed:
        """What the tests of add-ons read."""
        if self._packed is None:
            folders = [*plan["folders"], *plan["dependencies"]]
            files = self.files.filter(include=[SETTINGS, *(f"{folder}/**" for folder in folders)])
            self._packed = Packed(files, [SETTINGS, *folders])
        return self._packed

    async def _test_build(self, runner: StepRunner, plan: TestPlan) -> None:
        try:
            with shown("image of the test build"):
                if not await self.files.glob(DOCKERFILE):
                    runner.skipped("build", "there is no Dockerfile to build")
                    return
                image = await (await self.built()).sync()
                step = await self.image(plan, image)
        except dagger.QueryError as error:
            runner.broken("build", error)
            return
        await runner.run(step)

    def _coverage(self, results: dagger.Directory) -> ContainerStep:
        container = self.tools().with_mounted_directory("/in", by_content(results))
        container, bar = self._bar(container)
        return ContainerStep(
            *("coverage", container, by_content(self.source)),
            ["test", "coverage", "--results", "/in", *bar],
        )

    def _bar(self, container: dagger.Container) -> tuple[dagger.Container, list[str]]:
        """The reference of the coverage gate, in its container and as its options."""
        if self.baseline is None:
            return container, self._planned.since()
        container = container.with_mounted_file(_BASELINE, self.baseline)
        return container, [*self._planned.since(), "--baseline", _BASELINE]
