"""Run steps side by side, let each finish, and gather what they report."""

import json
import re
import time
from dataclasses import dataclass, field

import anyio
import dagger
from dagger import dag

from .content import by_content
from .images import PACKAGE, RESULTS, SOURCE, now

#: An error of the pipeline's package, as it prints it.
_OWN_ERROR = re.compile(r"error: (.*)\n\s+what to do: (.*)", re.DOTALL)
#: Steps at a time: the engine queues the rest, this only bounds the memory of the databases.
_AT_A_TIME = 4


@dataclass(frozen=True)
class Step:
    """A command of the pipeline's package, the container that it runs in, the files it reads."""

    name: str
    container: dagger.Container
    reads: dagger.Directory | None
    arguments: list[str] = field(default_factory=list)

    async def execute(self, again: bool = False) -> dagger.Directory:
        """The directory with what the step reports; `again` asks for a run that no cache has."""
        container = self.container
        if self.reads is not None:
            container = container.with_mounted_directory(SOURCE, by_content(self.reads))
        ended = (now(container) if again else container).with_exec(
            ["python", PACKAGE, *self.arguments, "--output", RESULTS],
            expect=dagger.ReturnType.ANY,  # its verdict is in its result, beside those of others
        )
        return await ended.directory(RESULTS).sync()


class Run:
    """One call of the pipeline: the steps so far and their results."""

    def __init__(self) -> None:
        self.started = time.time()
        self.results = dag.directory()
        self.names: list[str] = []
        self._limit = anyio.CapacityLimiter(_AT_A_TIME)

    async def step(self, step: Step, folder: str = "/") -> None:
        """Run one step; its results go to a folder of the results.

        A failure is run once more when it came from the cache: what failed for want of memory,
        time or network must not go on failing until a file changes.
        """
        self.names.append(step.name)
        async with self._limit:
            try:
                directory = await step.execute()
                result = json.loads(await directory.file(f"{step.name}.json").contents())
                if result["status"] in ("failed", "error") and result["started"] < self.started:
                    directory = await step.execute(again=True)
            except dagger.QueryError as error:
                directory = _broken(step.name, error)
        self.results = self.results.with_directory(folder, directory)

    async def steps(self, *steps: Step) -> None:
        """Run several at once."""
        async with anyio.create_task_group() as group:
            for step in steps:
                group.start_soon(self.step, step)

    def broken(self, name: str, error: dagger.QueryError) -> None:
        """Note a step that could not even start."""
        self.names.append(name)
        self.results = self.results.with_directory("/", _broken(name, error))

    def skipped(self, name: str, why: str) -> None:
        """Note a step that has nothing to do."""
        self.names.append(name)
        self.results = self.results.with_directory("/", _result(name, "skipped", why, ""))


def _broken(name: str, error: dagger.QueryError) -> dagger.Directory:
    """The result of a step whose container could not be made or ended without a word."""
    text = str(error)
    if isinstance(error, dagger.ExecError):
        text = (error.stderr or error.stdout).strip() or text
    text = re.sub(r"\s*\[traceparent:[^\]]*\]", "", text)  # an id for Dagger's own traces
    advice = "read the message; `dagger --progress=plain call …` shows every line"
    if said := _OWN_ERROR.fullmatch(text.strip()):
        text, advice = said.groups()
    return _result(name, "error", "\n".join(text.splitlines()[-12:]), advice)


def _result(name: str, status: str, summary: str, advice: str) -> dagger.Directory:
    result = {
        "step": name,
        "status": status,
        "summary": summary,
        "advice": advice,
        "seconds": 0.0,
        "started": time.time(),
        "findings": [],
    }
    return dag.directory().with_new_file(f"{name}.json", json.dumps(result, indent=2))
