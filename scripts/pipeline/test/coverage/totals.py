"""``coverage-totals.json``: the numbers of a measurement, for the report."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import dacite

from pipeline.core.errors import InputError
from pipeline.test.coverage.numbers import FileCover, GroupCover, groups

FILE_NAME = "coverage-totals.json"
FORMAT = 1


@dataclass(frozen=True)
class Totals:
    """What was measured.

    Attributes:
        minimum: percent that every group must reach.
        note: what was measured and what it was compared with.
        files: the numbers by file; ``before`` is the percent at the baseline.
    """

    minimum: float
    note: str
    files: tuple[FileCover, ...]
    before: dict[str, float]

    def to_json(self) -> str:
        """Serialize. Groups and add-ons are written for other readers: they follow from files."""
        data = {
            "format": FORMAT,
            "groups": [_row(group) for group in groups(self.files)],
            "addons": [_row(group) for group in by_addon(self.files)],
            **asdict(self),
        }
        for entry, file in zip(data["files"], self.files):
            entry["percent"] = file.percent
        return json.dumps(data, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Totals:
        """Parse what :meth:`to_json` wrote. Raises InputError on anything else."""
        try:
            data = json.loads(text)
            if data["format"] != FORMAT:
                raise ValueError(f"format {data['format']!r}")
            return dacite.from_dict(cls, data, dacite.Config(cast=[tuple]))
        except (ValueError, TypeError, KeyError, dacite.DaciteError) as error:
            raise InputError(
                f"{FILE_NAME} is not usable: {error}",
                "run `pipeline test coverage` again with this version of the pipeline",
            ) from error


def by_addon(files: Iterable[FileCover]) -> tuple[GroupCover, ...]:
    """The files of each add-on, sorted by name."""
    every = tuple(files)
    return tuple(
        GroupCover(name, tuple(file for file in every if file.addon == name))
        for name in sorted({file.addon for file in every if file.addon})
    )


def _row(group: GroupCover) -> dict[str, object]:
    return {
        "name": group.name,
        "percent": group.percent,
        "statements": group.statements,
        "covered": group.covered,
        "files": len(group.files),
    }
