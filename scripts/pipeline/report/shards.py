"""Bring the reports of shards together: one directory of results, as one machine leaves it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import dacite

from pipeline.core.errors import InputError
from pipeline.core.results import Status, StepResult, write_result
from pipeline.test.coverage import totals
from pipeline.test.shards import Shard

FILE_NAME = "shard.json"
FORMAT = 1
#: The results of a report.
RESULTS = "results"
#: Meaningless for one shard: it is evaluated again on the data of all.
COVERAGE = "coverage"
_LEFT_OUT = {FILE_NAME, f"{COVERAGE}.json", totals.FILE_NAME}
_PLAN = "plan.json"  # exists only when no plan can be made, and then in every shard


@dataclass(frozen=True)
class Part:
    """The identity of a shard's report: its number, and the steps that it ran."""

    number: int
    of: int
    steps: tuple[str, ...]


def mark(results: Path, shard: Shard, steps: tuple[str, ...]) -> None:
    """Write a shard's number into its results."""
    data = {"format": FORMAT, **asdict(Part(shard.number, shard.of, steps))}
    (results / FILE_NAME).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def merge(reports: Path, target: Path) -> tuple[str, ...]:
    """Copy the results of all shards into ``target``; a shard without a report becomes an error.

    Args:
        reports: a directory with the report of each shard in a directory of its own.
        target: an empty directory.

    Returns:
        The steps that the shards ran and those that are errors, without ``coverage``.

    Raises:
        InputError: a directory is not a shard's report, or the reports are of different runs:
            different counts, a shard twice, a step in two shards.
    """
    parts = _parts(reports)
    count = _count(parts)
    names: dict[str, None] = {}
    came_from: dict[str, str] = {}
    for folder, part in parts.items():
        for path in sorted((reports / folder / RESULTS).iterdir()):
            if path.name in _LEFT_OUT or not path.is_file():
                continue
            if path.name != _PLAN and came_from.setdefault(path.name, folder) != folder:
                raise InputError(
                    f"{came_from[path.name]} and {folder} both have {path.name}",
                    "the shards were split differently: run all of them on one commit, with the "
                    "same times",
                )
            shutil.copyfile(path, target / path.name)
        names |= dict.fromkeys(step for step in part.steps if step != COVERAGE)
    for number in sorted(set(range(1, count + 1)) - {part.number for part in parts.values()}):
        lost = StepResult(
            f"shard-{number}",
            Status.ERROR,
            f"no report of shard {number}/{count}: it did not finish, or its report was lost",
            f"run it again, and merge all: dagger call report --shard {number}/{count}",
        )
        write_result(lost, target)
        names[lost.step] = None
    return tuple(names)


def _parts(reports: Path) -> dict[str, Part]:
    if not reports.is_dir():
        raise InputError(
            f"the directory of shards {reports} does not exist", "give the right --shards"
        )
    folders = sorted(path for path in reports.iterdir() if path.is_dir())
    if not folders:
        raise InputError(
            f"no report of a shard in {reports}",
            "put the report of each shard there, in its own directory",
        )
    return {folder.name: _part(folder) for folder in folders}


def _part(folder: Path) -> Part:
    try:
        data = json.loads((folder / RESULTS / FILE_NAME).read_text(encoding="utf-8"))
        if data.pop("format") != FORMAT:
            raise ValueError("another format")
        return dacite.from_dict(Part, data, dacite.Config(cast=[tuple], strict=True))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, dacite.DaciteError) as error:
        raise InputError(
            f"{folder.name} is not a shard report of this version of the pipeline",
            "create it with `dagger call report --shard 1/2`, and keep nothing else in that "
            "directory",
        ) from error


def _count(parts: Mapping[str, Part]) -> int:
    """How many shards there are. Raises InputError when they are not parts of one whole."""
    seen: dict[int, str] = {}
    first, whole = next(iter(parts.items()))
    for folder, part in parts.items():
        if part.of != whole.of:
            raise InputError(
                f"{first} is one of {whole.of} shards, {folder} is one of {part.of}",
                "run all shards with the same count, and remove older reports",
            )
        if seen.setdefault(part.number, folder) != folder:
            raise InputError(
                f"{seen[part.number]} and {folder} are both shard {part.number}/{part.of}",
                "pass each shard once",
            )
    return whole.of
