"""The option of commands that run or plan a part of the tests."""

from __future__ import annotations

import click

from pipeline.cli.options import Decorated
from pipeline.test.shards import Shard, parse_shard


def _parse(context: click.Context, option: click.Parameter, value: str | None) -> Shard | None:
    return None if value is None else parse_shard(value)


def shard_option(function: Decorated) -> Decorated:
    """Add ``--shard``, given to the command as a Shard."""
    return click.option(
        "--shard",
        metavar="I/N",
        callback=_parse,
        help="Only part I of N of the tests, such as 2/4.",
    )(function)
