"""How a call ends: with the summary of its steps, or with what a command said."""

import time

import dagger

from . import images
from .graph import Graph, Plan
from .steps import Run, Step

_IN = "/in"


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
    """Run a command whose outcome its files decide, and return its container afterwards.

    It may come from the cache; a failure may not: it is tried once more, for it can be of an
    earlier call, and of a trouble that has passed.

    Raises:
        CommandFailed: it failed; with its own words and nothing else.
    """
    try:
        return await _ended(container, arguments)
    except CommandFailed:
        return await _ended(images.now(container), arguments)


async def said(container: dagger.Container, arguments: list[str]) -> str:
    """Run a command that asks or changes a machine: now, and once. Returns what it prints.

    Raises:
        CommandFailed: it failed; with its own words and nothing else.
    """
    return await (await _ended(images.now(container), arguments)).stdout()


async def _ended(container: dagger.Container, arguments: list[str]) -> dagger.Container:
    ended = container.with_exec(
        ["python", images.PACKAGE, *arguments], expect=dagger.ReturnType.ANY
    )
    if await ended.exit_code():
        raise CommandFailed("\n" + await ended.stdout() + await ended.stderr())
    return ended


def on_results(graph: Graph, run: Run) -> tuple[dagger.Container, list[str]]:
    """The source and the results of all steps in a container, and the option that names them."""
    container = graph.tools(graph.source).with_mounted_directory(_IN, run.results())
    return container, ["--results", _IN]


def whole(run: Run) -> list[str]:
    """How long the run took, and the steps of which there must be a result."""
    return ["--wall", f"{time.time() - run.started:.1f}", "--expect", ",".join(run.names)]


async def verdict(graph: Graph, run: Run) -> str:
    """The summary; raised when a step failed, so that the call fails with it."""
    container, given = on_results(graph, run)
    command = ["python", images.PACKAGE, "summary", *given, *whole(run)]
    ended = container.with_exec(command, expect=dagger.ReturnType.ANY)
    text = await ended.stdout()
    if await ended.exit_code():
        raise StepsFailed("\n" + text + await ended.stderr())
    return text
