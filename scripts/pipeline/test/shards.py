"""Split the add-ons to test into parts for several machines: pure logic."""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.core.errors import InputError

_FORM = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})", re.ASCII)


@dataclass(frozen=True)
class Shard:
    """One part of the tests: the ``number``-th, from 1, of ``of``."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def parse_shard(text: str) -> Shard:
    """Read ``2/4``. Raises InputError for anything else, and for a number above the total."""
    match = _FORM.fullmatch(text)
    if match is None or int(match[1]) > int(match[2]):
        raise InputError(
            f"{text!r} is not a valid shard",
            "use number/count, such as 2/4: a count from 1 to 9999, a number from 1 to the count",
        )
    return Shard(int(match[1]), int(match[2]))


def split(seconds: Mapping[str, float], shards: int, first: float = 0.0) -> list[tuple[str, ...]]:
    """Names for each shard, sorted, so that the shards take about as long as each other.

    The longest is assigned first, each to the shard with least work so far: none gets more than
    4/3 of the least possible (Graham). The same input gives the same split on every machine.

    Args:
        seconds: how long each name takes.
        shards: how many; with more of them than names, some stay empty.
        first: seconds that the first shard needs for what is not split.
    """
    parts: list[list[str]] = [[] for _ in range(shards)]
    loads = [(first if number == 0 else 0.0, number) for number in range(shards)]
    heapq.heapify(loads)
    for name in sorted(seconds, key=lambda one: (-seconds[one], one)):
        load, number = loads[0]
        parts[number].append(name)
        heapq.heapreplace(loads, (load + seconds[name], number))
    return [tuple(sorted(part)) for part in parts]
