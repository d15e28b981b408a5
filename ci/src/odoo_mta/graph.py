"""The graph of steps for one source: what each reads, and what waits for what."""

import json
from typing import Any

import anyio
import dagger
from dagger import dag

from . import images
from .content import by_content
from .smoke import smoke_test
from .steps import Run, Step

#: What lint reads: Python files, and the settings of the tools.
_LINTED = ["**/*.py", "**/*.pyi", "**/pyproject.toml", "**/setup.cfg", "**/tox.ini", "**/.flake8"]
_LINTED += ["**/.isort.cfg", "**/.editorconfig", "**/.gitignore"]
#: What the checks of manifests read beside the add-ons: which packages pip fetches.
_PACKAGED = ["setup/*/setup.py", "setup/*/pyproject.toml", "*requirements*.txt"]
SETTINGS = "pipeline.toml"
_BASELINE, _TIMES = "/opt/baseline.json", "/opt/test-times.json"

Plan = dict[str, Any]


class Graph:
    """The steps on one source. Each gets only the files it reads: others do not run it again."""

    def __init__(
        self,
        package: dagger.Directory,
        source: dagger.Directory,
        changed_since: str = "",
        baseline: dagger.File | None = None,
        shard: str = "",
        times: dagger.File | None = None,
    ) -> None:
        self.package = package
        self.source = source
        self.changed_since = changed_since
        self.baseline = baseline
        self.shard = shard
        self.times = times
        self.files = source.without_directory(".git")
        self._odoo: dagger.Container | None = None

    def tools(
        self, source: dagger.Directory | None = None, apt: list[str] | None = None
    ) -> dagger.Container:
        """The tools' container; with a source, that is in its working directory."""
        container = images.tools(self.package, apt)
        return container.with_mounted_directory(images.SOURCE, source) if source else container

    def lint(self) -> Step:
        """black, isort and flake8."""
        return Step("lint", self.tools(), self.files.filter(include=_LINTED), ["lint"])

    def gitignore(self) -> Step:
        """What must not be committed."""
        return Step("gitignore", self.tools(), self.source, ["gitignore"])

    def secrets(self) -> Step:
        """Files and history. What was found clean is remembered in a cache volume."""
        container = self.tools().with_mounted_cache(
            images.CACHE, dag.cache_volume("odoo-mta-secrets")
        )
        return Step("secrets", container, self.source, ["secrets", "--cache", images.CACHE])

    def on_addons(self, name: str, plan: Plan | None) -> Step:
        """A step that reads the add-ons alone; all files where no plan says which these are."""
        files = self.files
        if plan is not None:
            folders = [f"{folder}/**" for folder in plan["folders"]]
            others = [*plan["links"], *plan["included_requirements"]]
            files = files.filter(include=[*folders, *others, *_PACKAGED, SETTINGS])
        return Step(name, self.tools(), files, [name])

    async def plan(self, run: Run) -> Plan | None:
        """What is to be tested, or None after noting why it cannot be said."""
        container = self.tools(self.source if self.changed_since else self.files)
        command = ["plan", *self._since()]
        if self.shard:
            command += ["--shard", self.shard]
        if self.times is not None:
            container = container.with_mounted_file(_TIMES, self.times)
            command += ["--times", _TIMES]
        return await _answer(run, "plan", container, command)

    async def everything(self, run: Run) -> None:
        """All steps, as concurrent as they can be; of a shard after the first, the tests alone."""
        first = not self.shard or self.shard.startswith("1/")

        async def addons() -> None:
            plan = await self.plan(run)
            async with anyio.create_task_group() as group:
                for name in ("manifests", "modules") if first else ():
                    group.start_soon(run.step, self.on_addons(name, plan))
                if plan is not None:
                    group.start_soon(self.tests, run, plan)
                    if first:
                        group.start_soon(smoke_test, run, self, plan)

        async with anyio.create_task_group() as group:
            group.start_soon(addons)
            for step in (self.lint(), self.gitignore(), self.secrets()) if first else ():
                group.start_soon(run.step, step)

    async def tests(self, run: Run, plan: Plan) -> None:
        """The Python tests and those of each add-on at once, then the coverage gate on all."""
        steps = [await self._test_addon(plan, unit) for unit in plan["units"]]
        if plan["python"]:
            steps.append(self._test_python(plan))
        await run.steps(*steps)
        if self.shard:
            count = f"{len(plan['units'])} add-ons" if plan["units"] else "no add-on left to test"
            run.skipped("coverage", f"shard {self.shard}: {count}; judged by merge-reports")
        elif steps:
            await run.step(self._coverage(run.results(*(step.name for step in steps))))

    async def mutants(self, run: Run) -> Step | None:
        """Try each mutant on the tests of its add-on; the step that judges what they found."""
        plan = await self.plan(run)
        if plan is None:
            return None
        listed = await _answer(run, "mutants", self.tools(self.files), ["mutants"])
        if listed is None:
            return None
        tried = Run()
        async with anyio.create_task_group() as group:
            for mutant in listed:
                patched = self.files.filter(
                    include=[f"{folder}/**" for folder in mutant["folders"]]
                )
                patched = patched.with_patch_file(self.files.file(mutant["patch"]))
                step = await self._test_addon(plan, mutant, patched)
                group.start_soon(tried.step, step, mutant["name"])
        container = self.tools().with_mounted_directory("/in", tried.results())
        container = container.with_mounted_directory(images.SOURCE, self.files)
        return Step("mutants", container, None, ["mutants", "--results", "/in"])

    async def odoo(self, plan: Plan) -> dagger.Container:
        """Odoo and the prepared database, for these add-ons."""
        if self._odoo is None:
            preparing = by_content(self.package.filter(include=images.PREPARING))
            self._odoo = images.odoo(self.package, preparing, self.files, plan)
        return self._odoo

    def python(self, plan: Plan) -> dagger.Container:
        """Where the tests outside Odoo run."""
        container = self.tools(apt=plan["python_apt"])
        return images.with_requirements(
            container, self.files, plan["python_requirements"], plan["included_requirements"]
        )

    def outside(self, plan: Plan) -> dagger.Directory:
        """All files but the add-ons: what the tests outside Odoo read."""
        folders = [f"{folder}/**" for folder in plan["folders"]]
        return self.files.filter(exclude=[*folders, *plan["links"]])

    def merging(self, shards: dagger.Directory) -> tuple[dagger.Container, list[str]]:
        """The container that makes one report of those of all shards, and its command."""
        container, bar = self._bar(self.tools(self.source).with_mounted_directory("/in", shards))
        return container, ["merge-reports", "--shards", "/in", *bar]

    def _since(self) -> list[str]:
        return ["--changed-since", self.changed_since] if self.changed_since else []

    async def _test_addon(
        self, plan: Plan, unit: dict[str, Any], files: dagger.Directory | None = None
    ) -> Step:
        folders = [f"{folder}/**" for folder in unit["folders"]]
        source = (files or self.files).filter(include=folders)
        settings = self.files.filter(include=[SETTINGS])
        container = images.with_package(await self.odoo(plan), self.package)
        reads = settings.with_directory("/", source)
        given = [f"--folder={folder}" for folder in unit["folders"]]
        arguments = ["test-addon", unit["addon"], *given]
        return Step(f"test-{unit['addon']}", container, reads, arguments)

    def _test_python(self, plan: Plan) -> Step:
        return Step("test-python", self.python(plan), self.outside(plan), ["test-python"])

    def _coverage(self, results: dagger.Directory) -> Step:
        container = self.tools().with_mounted_directory("/in", by_content(results))
        container, bar = self._bar(container)
        return Step("coverage", container, self.source, ["coverage", "--results", "/in", *bar])

    def _bar(self, container: dagger.Container) -> tuple[dagger.Container, list[str]]:
        """What the coverage gate compares with, in its container and as its options."""
        if self.baseline is None:
            return container, self._since()
        container = container.with_mounted_file(_BASELINE, self.baseline)
        return container, [*self._since(), "--baseline", _BASELINE]


async def _answer(run: Run, name: str, container: dagger.Container, command: list[str]) -> Any:
    """What a command of the pipeline's package answers in JSON, or None after noting why not."""
    try:
        return json.loads(await container.with_exec(["python", images.PACKAGE, *command]).stdout())
    except dagger.QueryError as error:
        run.broken(name, error)
        return None
