"""The plan of a source: what is tested, with the repositories of others that it names."""

import dagger

from ..engine import containers
from ..engine.access import Access
from ..engine.by_content import by_content
from ..engine.commands import CommandFailed, cached, uncached
from ..engine.plan import TestPlan
from .runner import StepRunner, shown

SETTINGS = "pipeline.toml"
_BRANCHES, _FETCHED = "/opt/branches", "/fetched"
_TIMES = "/opt/test-times.json"


class Planned:
    """A source of which a plan is made.

    Attributes:
        package: the pipeline's package.
        files: the source without its history; after `plan`, with the repositories that
            git-aggregator fetched.
        changed_since: a git reference: only what changed since is planned.
        access: logins for what is fetched.
    """

    def __init__(
        self,
        package: dagger.Directory,
        source: dagger.Directory,
        changed_since: str,
        shard: str,
        times: dagger.File | None,
        access: Access,
    ) -> None:
        self.package = package
        self.access = access
        self.files = source.without_directory(".git")
        self.changed_since = changed_since
        self._shard = shard
        self._times = times
        self._source = source

    def since(self) -> list[str]:
        """The option of commands that compare with the reference."""
        return ["--changed-since", self.changed_since] if self.changed_since else []

    async def plan(self, runner: StepRunner) -> TestPlan | None:
        """The test plan, or None after recording in the runner why there is none. From then on, the
        files have the repositories that git-aggregator fetched.
        """
        try:
            await self._check_access()
        except CommandFailed as error:
            runner.broken("dependencies", error)
            return None
        plan = await self._made(runner)
        if plan is None or not plan["unfetched"]:
            return plan
        return await self._made(runner) if await self._fetch(runner, plan["repos"]) else None

    async def _check_access(self) -> None:
        if options := self.access.options():
            tools = self.access.lend(containers.tools(self.package))
            await cached(tools, ["project", "logins", *options])

    async def _fetch(self, runner: StepRunner, names: list[str]) -> bool:
        """Add the repositories of files of git-aggregator to the source: again only when a file or
        a branch changed. False after recording in the runner why not.
        """
        asked = by_content(self.files.filter(include=[SETTINGS, *names]))
        tools = containers.tools(self.package, source=asked)
        try:
            with shown("repositories of others"):
                tools = self.access.lend(tools)
                commits = await uncached(tools, ["project", "branches"])
                tools = tools.with_new_file(_BRANCHES, commits)
                command = ["project", "aggregate", "--output", _FETCHED]
                fetched = (await cached(tools, command)).directory(_FETCHED)
        except (CommandFailed, dagger.QueryError) as error:
            runner.broken("dependencies", error)
            return False
        self.files = self.files.with_directory("/", fetched)
        self._source = self._source.with_directory("/", fetched)
        return True

    async def _made(self, runner: StepRunner) -> TestPlan | None:
        source = self._source if self.changed_since else self.files
        container = containers.tools(self.package, source=source)
        command = ["test", "plan", *self.since()]
        if self._shard:
            command += ["--shard", self._shard]
        if self._times is not None:
            container = container.with_mounted_file(_TIMES, self._times)
            command += ["--times", _TIMES]
        plan: TestPlan | None = await runner.answer("plan", container, command)
        return plan
