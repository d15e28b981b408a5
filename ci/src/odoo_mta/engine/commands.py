"""Commands of the pipeline's package in a container, and their errors."""

import json
from typing import Any

import dagger

from .containers import PACKAGE, now


class CommandFailed(Exception):
    """A command of the pipeline's package failed. The text is its output."""


async def cached(container: dagger.Container, arguments: list[str]) -> dagger.Container:
    """Run a command whose outcome its files decide, and return its container afterwards.

    It may come from the cache; a failure may not: it is tried once more, for it can be of an
    earlier call, and of a trouble that has passed.

    Raises:
        CommandFailed: it failed; with its own words and nothing else.
    """
    try:
        return await _ended(container, arguments)
    except CommandFailed:
        return await _ended(now(container), arguments)


async def uncached(container: dagger.Container, arguments: list[str]) -> str:
    """Run a command that asks or changes a machine: now, and once. Returns what it prints.

    Raises:
        CommandFailed: it failed; with its own words and nothing else.
    """
    return await (await _ended(now(container), arguments)).stdout()


async def answer(container: dagger.Container, arguments: list[str]) -> Any:
    """What a command prints as JSON.

    Raises:
        QueryError: it failed, or could not be started.
    """
    return json.loads(await container.with_exec(["python", PACKAGE, *arguments]).stdout())


async def _ended(container: dagger.Container, arguments: list[str]) -> dagger.Container:
    ended = container.with_exec(["python", PACKAGE, *arguments], expect=dagger.ReturnType.ANY)
    if await ended.exit_code():
        raise CommandFailed("\n" + await ended.stdout() + await ended.stderr())
    return ended
