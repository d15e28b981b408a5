"""Run commands of the pipeline's package in a container, and handle their errors."""

import json
import logging
from typing import Any

import dagger

from .containers import PACKAGE, now


class Expected(Exception):
    """An end of a call that is no fault of this module. The text is for whoever called."""


def _is_news(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], Expected))


# Dagger's SDK logs each exception with a trace of this module's own lines, text and all, before it
# becomes the error of the call: the text would be there twice.
logging.getLogger("dagger.mod").addFilter(_is_news)


class CommandFailed(Expected):
    """A command of the pipeline's package failed. The text is its output."""


async def cached(container: dagger.Container, arguments: list[str]) -> dagger.Container:
    """Run a command whose outcome depends only on its files, and return its container afterwards.

    A success may come from the cache. A failure is retried once, because it may be from an earlier
    call and have had a temporary cause.

    Raises:
        CommandFailed: it failed; the message is the command's output.
    """
    try:
        return await _ended(container, arguments)
    except CommandFailed:
        return await _ended(now(container), arguments)


async def uncached(container: dagger.Container, arguments: list[str]) -> str:
    """Run a command that queries or changes a machine, uncached and once. Returns its output.

    Raises:
        CommandFailed: it failed; the message is the command's output.
    """
    return await (await _ended(now(container), arguments)).stdout()


async def answer(container: dagger.Container, arguments: list[str]) -> Any:
    """A command's JSON output.

    Raises:
        QueryError: it failed, or could not be started.
    """
    return json.loads(await container.with_exec(["python", PACKAGE, *arguments]).stdout())


async def _ended(container: dagger.Container, arguments: list[str]) -> dagger.Container:
    ended = container.with_exec(["python", PACKAGE, *arguments], expect=dagger.ReturnType.ANY)
    if await ended.exit_code():
        raise CommandFailed("\n" + await ended.stdout() + await ended.stderr())
    return ended
