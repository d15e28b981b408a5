"""Run steps in parallel, let each finish, and collect their results."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import dagger
from dagger import dag
from opentelemetry import trace

from ..engine.commands import answer
from ..engine.containers import PACKAGE, RESULTS, SOURCE
from . import room

#: An error of the pipeline's package, as it prints it.
_OWN_ERROR = re.compile(r"error: (.*)\n\s+what to do: (.*)", re.DOTALL)
#: Records when a command started, so that one without any other output can be distinguished from an
#: older, cached one.
_STARTED = "/started"
_TIMED = ["sh", "-c", 'date +%s.%N >"$0"; exec "$@"', _STARTED]
#: For Dagger's display: a line of its own, and one whose calls of the API are folded away below it.
#: https://pkg.go.dev/dagger.io/dagger/telemetry#pkg-constants
_LINE = {
    "dagger.io/ui.reveal": True,
    "dagger.io/ui.rollup.spans": True,
    "dagger.io/ui.rollup.logs": True,
}
_FOLDED = {"dagger.io/ui.internal": True, "dagger.io/ui.encapsulate": True}
#: How often a step that runs says so.
_TELL_SECONDS = 60
_TRACER = trace.get_tracer("odoo-mta")


@contextmanager
def shown(name: str) -> Iterator[trace.Span]:
    """What is called in the block is one line of Dagger's display, by this name.

    A span that failed shows what is folded away below it. So the calls are in one of their own,
    which never fails; the one that is given may.
    """
    with _TRACER.start_as_current_span(name, attributes=_LINE) as span, folded():
        yield span


@contextmanager
def folded() -> Iterator[None]:
    """What is called in the block is not shown."""
    with _TRACER.start_as_current_span(
        "calls",
        attributes=_FOLDED,
        record_exception=False,
        set_status_on_exception=False,
    ):
        yield


@dataclass(frozen=True)
class ContainerStep:
    """A command of the pipeline's package, its container, and the files it reads.

    The files should be known by their content, or others trigger the step. `owner` may write to
    these files; `advice` is the fix if the container cannot be made; `explained` adds to the
    results of a failure what can only be told with other files.
    """

    name: str
    container: dagger.Container
    reads: dagger.Directory | None
    arguments: list[str] = field(default_factory=list)
    owner: str = ""
    advice: str = ""
    explained: Callable[[dagger.Directory], dagger.Directory] | None = None

    def ended(self, attempt: int) -> dagger.Container:
        """Its container after an attempt; each attempt has its own cache entry."""
        container = self.container
        if self.reads is not None:
            container = container.with_mounted_directory(SOURCE, self.reads, owner=self.owner)
        if attempt:
            container = container.with_env_variable("PIPELINE_ATTEMPT", str(attempt))
        return container.with_exec(
            [*_TIMED, "python", PACKAGE, *self.arguments, "--output", RESULTS],
            expect=dagger.ReturnType.ANY,  # the verdict is in its result file
        )

    async def result(self, ended: dagger.Container) -> dict[str, Any] | None:
        """Its result, once it ended; None when there is none: killed, or out of memory or disk."""
        try:
            text = await ended.file(f"{RESULTS}/{self.name}.json").contents()
            result: dict[str, Any] = json.loads(text)
            return result
        except (dagger.QueryError, json.JSONDecodeError):
            return None


class StepRunner:
    """Runs the steps of one call, and collects the results of finished ones."""

    def __init__(self) -> None:
        self.started = time.time()
        self.names: list[str] = []
        #: By step, its status and summary.
        self.verdicts: dict[str, str] = {}
        self._ended: dict[tuple[str, str], dagger.Directory] = {}
        self._limit = anyio.CapacityLimiter(room.here())

    def results(self, *names: str) -> dagger.Directory:
        """The results of these steps, or of all.

        They are merged in order of name, not of completion, so that the same results give the same
        directory, and steps that read only this are cached.
        """
        directory = dag.directory()
        for (folder, name), result in sorted(self._ended.items(), key=lambda item: item[0]):
            if not names or name in names:
                directory = directory.with_directory(folder, result)
        return directory

    async def run(self, step: ContainerStep, folder: str = "/") -> None:
        """Run one step; its results go to a folder of the results."""
        self.names.append(step.name)
        async with self._limit, anyio.create_task_group() as group:
            group.start_soon(_still_at, step.name)
            self._ended[folder, step.name] = await self._directory(step)
            group.cancel_scope.cancel()

    async def _directory(self, step: ContainerStep) -> dagger.Directory:
        """The result of a step, whatever became of its container."""
        with shown(step.name) as span:
            try:
                return await self._outcome(step, span)
            except dagger.QueryError as error:
                said = words(error)
                self.verdicts[step.name] = "error"
                span.set_status(trace.StatusCode.ERROR, said)
                return _broken(step.name, said, step.advice)

    async def _outcome(self, step: ContainerStep, span: trace.Span) -> dagger.Directory:
        """The result of the first attempt that did not fail before this call.

        A cached failure is retried, because a failure for lack of memory, time or network must not
        persist until a file changes. The retry is cached as well, so a later call runs nothing. A
        step without a result is tried twice.

        Raises:
            QueryError: its container could not be made or started.
        """
        attempt, silent = 0, False
        while True:
            # Run once, and asked for by its id: each question would repeat all that made it.
            ended = await step.ended(attempt).sync()
            result = await step.result(ended)
            if result is not None and result["status"] not in ("failed", "error"):
                break
            started = await _started(ended)
            if started is not None and started < self.started:
                attempt += 1
            elif result is None and not silent:
                silent = True
                attempt = time.time_ns() if started is None else attempt + 1
            else:
                break
        said = "no result" if result is None else str(result["summary"])
        self.verdicts[step.name] = said if result is None else f"{result['status']}, {said}"
        if result is None or result["status"] in ("failed", "error"):
            span.set_status(trace.StatusCode.ERROR, said)
        if result is None:
            printed = (await ended.stderr()).strip() or (await ended.stdout()).strip()
            code = f"it left no result, and ended with exit code {await ended.exit_code()}"
            return _broken(step.name, printed or code)
        results = ended.directory(RESULTS)
        if step.explained is not None and result["status"] in ("failed", "error"):
            results = step.explained(results)
        return await results.sync()

    async def run_all(self, *steps: ContainerStep) -> None:
        """Run several at once."""
        async with anyio.create_task_group() as group:
            for step in steps:
                group.start_soon(self.run, step)

    async def answer(
        self, name: str, container: dagger.Container, command: list[str], shown_as: str = ""
    ) -> Any:
        """The JSON output of a command of the package that a step waits for; None after noting why
        there is none.
        """
        try:
            with shown(shown_as or name):
                return await answer(container, command)
        except dagger.QueryError as error:
            self.broken(name, error)
            return None

    def broken(self, name: str, error: Exception, advice: str = "") -> None:
        """Record the result of a step that could not start."""
        self.names.append(name)
        self.verdicts[name] = "error"
        self._ended["/", name] = _broken(name, words(error), advice)

    def skipped(self, name: str, why: str) -> None:
        """Record the result of a step that has nothing to do."""
        self.names.append(name)
        self.verdicts[name] = f"skipped, {why}"
        self._ended["/", name] = _result(name, "skipped", why, "")


async def _still_at(name: str) -> None:
    """Tell whoever waits, in a pipe as well, what a long call is doing."""
    begun = time.monotonic()
    while True:
        await anyio.sleep(_TELL_SECONDS)
        minutes, seconds = divmod(round(time.monotonic() - begun), 60)
        print(f"still running: {name}, for {minutes} min {seconds} s", file=sys.stderr, flush=True)


async def _started(ended: dagger.Container) -> float | None:
    """When a command started, in seconds since 1970; None if it could not record that."""
    try:
        return float(await ended.file(_STARTED).contents())
    except (dagger.QueryError, ValueError):
        return None


def words(error: Exception) -> str:
    """An error's message; for a failed command, its output."""
    text = str(error)
    if isinstance(error, dagger.ExecError):
        text = (error.stderr or error.stdout).strip() or text
    return re.sub(r"\s*\[traceparent:[^\]]*\]", "", text)  # an id of Dagger's own traces


def _broken(name: str, text: str, advice: str = "") -> dagger.Directory:
    """The result of a step whose container could not be created or left no result."""
    advice = advice or "read the message; `dagger -vv --progress=plain call …` shows every line"
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
