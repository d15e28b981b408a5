"""How a call ends: with the summary of its steps, or with what a command said."""

import time

import dagger

from . import images
from .graph import Graph, Plan
from .steps import Run, Step


class StepsFailed(Exception):
    """At least one step failed. The text is the whole summary."""


class CommandFailed(Exception):
    """A command of the pipeline's package failed. The text is what it said."""


async def alone(graph: Graph, step: Step) -> str:
    """Run one step; its summary."""
    run = Run()
    await run.step(step)
    return await verdict(graph, run)


async def planned(graph: Graph) -> Plan:
    """The plan. Raises StepsFailed when there can be none, with the reason."""
    run = Run()
    plan = await graph.plan(run)
    if plan is None:
        raise StepsFailed(await verdict(graph, run))
    return plan


async def finished(container: dagger.Container, arguments: list[str]) -> dagger.Container:
    """Run a command of the pipeline's package and return its container afterwards.

    Raises:
        CommandFailed: it failed; with its own words and nothing else.
    """
    ended = container.with_exec(
        ["python", images.PACKAGE, *arguments], expect=dagger.ReturnType.ANY
    )
    if await ended.exit_code():
        raise CommandFailed("\n" + await ended.stdout() + await ended.stderr())
    return ended


async def said(container: dagger.Container, arguments: list[str]) -> str:
    """Run a command of the pipeline's package and return what it prints. Raises CommandFailed."""
    return await (await finished(container, arguments)).stdout()


def on_results(
    graph: Graph,
    run: Run,
    arguments: list[str],
    expect: dagger.ReturnType = dagger.ReturnType.SUCCESS,
) -> dagger.Container:
    """A command that reads the results of all steps."""
    container = graph.tools(graph.source).with_mounted_directory("/in", run.results)
    command = ["python", images.PACKAGE, *arguments, "--results", "/in"]
    return container.with_exec(command, expect=expect)


def whole(run: Run) -> list[str]:
    """How long the run took, and the steps of which there must be a result."""
    return ["--wall", f"{time.time() - run.started:.1f}", "--expect", ",".join(run.names)]


async def verdict(graph: Graph, run: Run) -> str:
    """The summary; raised when a step failed, so that the call fails with it."""
    ended = on_results(graph, run, ["summary", *whole(run)], dagger.ReturnType.ANY)
    text = await ended.stdout()
    if await ended.exit_code():
        raise StepsFailed("\n" + text + await ended.stderr())
    return text
