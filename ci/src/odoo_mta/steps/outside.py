"""The tests outside Odoo: one step, or one for each suite, which gets only the files it reads."""

import dagger
from dagger import dag

from ..engine import containers
from ..engine.access import Access
from ..engine.by_content import by_content
from ..engine.plan import Suite, TestPlan
from ..engine.requirements import with_requirements
from .runner import ContainerStep, shown

_SETTINGS, _RESULTS = "/opt/suite.toml", "/in"


class OutsideTests:
    """The tests outside Odoo of one plan.

    Attributes:
        files: all files except the add-ons: what they read, unless there are suites.
    """

    def __init__(
        self, package: dagger.Directory, source: dagger.Directory, plan: TestPlan, access: Access
    ) -> None:
        folders = [f"{folder}/**" for folder in (*plan["folders"], *plan["others"])]
        self.files = source.filter(exclude=[*folders, *plan["links"]])
        self._package = package
        self._source = source
        self._plan = plan
        self._access = access

    def container(self, package: dagger.Directory | None = None) -> dagger.Container:
        """Where they run; with a part of the pipeline's package, if given."""
        container = with_requirements(
            containers.without_package(self._package, self._plan["python_apt"]),
            self._source,
            self._plan["python_requirements"],
            self._plan["included_requirements"],
            self._access,
        )
        return containers.with_package(container, package or self._package)

    async def steps(self) -> list[ContainerStep]:
        """Their steps; none if there are no tests to run."""
        if not self._plan["python"]:
            return []
        if not self._plan["suites"]:
            command = ["test", "python"]
            return [ContainerStep("test-python", self.container(), by_content(self.files), command)]
        with shown("what runs the suites"):
            running = by_content(await containers.running_suites(self._package))
        container = self.container(running)
        return [self._of_suite(suite, container) for suite in self._plan["suites"]]

    def _of_suite(self, suite: Suite, container: dagger.Container) -> ContainerStep:
        named = self._source.filter(
            include=[*suite["files"], *(f"{one}/**" for one in suite["files"])]
        )
        files = self.files if suite["everything"] else dag.directory()
        name = f"test-{suite['unit']}"
        command = ["test", "python", "--suite", suite["name"], "--settings", _SETTINGS]

        def explained(results: dagger.Directory) -> dagger.Directory:
            """The results of a failure, with findings about the files that the suite lacked."""
            asking = containers.tools(self._package, source=self._source)
            asking = asking.with_mounted_directory(_RESULTS, results)
            command = ["test", "undeclared", suite["name"], "--results", _RESULTS]
            command = ["python", containers.PACKAGE, *command, "--output", containers.RESULTS]
            return asking.with_exec(command).directory(containers.RESULTS)

        return ContainerStep(
            name,
            container.with_new_file(_SETTINGS, suite["settings"]),
            by_content(files.with_directory("/", named)),
            command,
            explained=explained,
        )
