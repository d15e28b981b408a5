"""The end of a call: the summary of its steps, raised as an error if one of them failed."""

import time

import dagger

from ..engine.commands import Expected
from ..engine.containers import PACKAGE
from ..engine.plan import TestPlan
from .graph import Graph
from .runner import ContainerStep, StepRunner, shown, words

_IN = "/in"
_NO_TABLE = "error: the engine could not make the table of these steps\n  what to do: call it again"


class StepsFailed(Expected):
    """At least one step failed. The text is the whole summary."""


async def alone(graph: Graph, step: ContainerStep) -> str:
    """Run one step and return its summary."""
    runner = StepRunner()
    await runner.run(step)
    return await summary(graph, runner)


async def planned(graph: Graph) -> TestPlan:
    """The plan. Raises StepsFailed, with the reason, when there is none."""
    runner = StepRunner()
    plan = await graph.plan(runner)
    if plan is None:
        raise StepsFailed(await summary(graph, runner))
    return plan


def with_results(graph: Graph, runner: StepRunner) -> tuple[dagger.Container, list[str]]:
    """The source and the results of all steps in a container, and the option that names them."""
    container = graph.tools(graph.source).with_mounted_directory(_IN, runner.results())
    return container, ["--results", _IN]


def of_whole_run(runner: StepRunner) -> list[str]:
    """The steps' total duration, and the steps that must have a result."""
    seconds = time.time() - runner.started
    return ["--wall", f"{seconds:.1f}", "--expect", ",".join(runner.names)]


async def summary(graph: Graph, runner: StepRunner) -> str:
    """The summary; raised as an error if a step failed, so that the call fails.

    If the engine cannot make the table, because it lost a step's result, the verdicts are there
    without one.
    """
    container, given = with_results(graph, runner)
    command = ["python", PACKAGE, "report", "summary", *given, *of_whole_run(runner)]
    ended = container.with_exec(command, expect=dagger.ReturnType.ANY)
    try:
        with shown("summary"):
            text = await ended.stdout()
            failed, said = bool(await ended.exit_code()), await ended.stderr()
    except dagger.QueryError as error:
        verdicts = [f"{name}: {runner.verdicts.get(name, 'unknown')}" for name in runner.names]
        raise StepsFailed("\n".join(["", *verdicts, "", _NO_TABLE, words(error)])) from error
    if failed:
        raise StepsFailed("\n" + text + said)
    return text
