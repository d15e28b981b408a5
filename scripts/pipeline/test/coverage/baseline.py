"""The baseline: a small committed file with the coverage that a change must hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import dacite

from pipeline.core.errors import InputError
from pipeline.test.coverage.numbers import FileCover, format_lines, parse_lines, percent

FORMAT = 1


@dataclass(frozen=True)
class FileBaseline:
    """The numbers of one file, as in FileCover, and the git blob id of the text they describe.

    ``missing`` and ``partial`` are lines as :func:`numbers.format_lines` writes them.
    """

    blob: str
    percent: float
    statements: int
    covered: int
    branches: int
    taken: int
    missing: str
    partial: str


@dataclass(frozen=True)
class CoverageBaseline:
    """Numbers by path, and the Odoo series with which they were measured."""

    series: str
    files: Mapping[str, FileBaseline]

    def to_json(self) -> str:
        """Serialize to JSON: one line per file, sorted, so that a diff shows which changed."""
        rows = [
            f"    {json.dumps(path)}: {json.dumps(asdict(numbers))}"
            for path, numbers in sorted(self.files.items())
        ]
        head = f'{{\n  "format": {FORMAT},\n  "series": {json.dumps(self.series)},\n'
        return head + '  "files": {\n' + ",\n".join(rows) + "\n  }\n}\n"


def remedy(name: str) -> str:
    """The advice to make a baseline, for errors and summaries."""
    return f"`dagger call baseline export --path {name}`"


def blob_id(content: bytes) -> str:
    """The id that git gives to a file of this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def take(root: Path, series: str, files: Iterable[FileCover]) -> CoverageBaseline:
    """Make a baseline of a measurement; blob ids are of the files' current content."""
    return CoverageBaseline(
        series,
        {
            file.path: FileBaseline(
                blob=blob_id((root / file.path).read_bytes()),
                percent=file.percent,
                statements=file.statements,
                covered=file.covered,
                branches=file.branches,
                taken=file.taken,
                missing=format_lines(file.missing),
                partial=format_lines(file.partial),
            )
            for file in files
        },
    )


def parse(text: str, origin: str, series: str, name: str) -> CoverageBaseline:
    """Read what :meth:`CoverageBaseline.to_json` wrote.

    Args:
        text: content of the file.
        origin: where it was read, for the errors.
        series: the Odoo series of the source.
        name: name of the baseline file in the source, for the errors.

    Raises:
        InputError: not a baseline, inconsistent, or of another format or Odoo series.
    """
    fix = (
        f"create a new one with {remedy(name)} and commit it; until it is merged, pass it with "
        f"--baseline {name}"
    )
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InputError(f"the coverage baseline {origin} is not JSON: {error}", fix) from error
    if not isinstance(data, dict) or "format" not in data:
        raise InputError(f"{origin} is not a coverage baseline: it has no format", fix)
    if data["format"] != FORMAT:
        raise InputError(
            f"the coverage baseline {origin} has format {data['format']!r}, "
            f"this pipeline reads format {FORMAT}",
            fix,
        )
    try:
        files = {
            path: dacite.from_dict(FileBaseline, entry, dacite.Config(strict=True))
            for path, entry in data["files"].items()
        }
        found = str(data["series"])
        for path, numbers in files.items():
            _check(path, numbers)
    except (KeyError, ValueError, TypeError, AttributeError, dacite.DaciteError) as error:
        raise InputError(f"the coverage baseline {origin} is malformed: {error}", fix) from error
    if found != series:
        raise InputError(
            f"the coverage baseline {origin} is for Odoo {found}, but this source is for {series}",
            fix,
        )
    return CoverageBaseline(found, files)


def _check(path: str, numbers: FileBaseline) -> None:
    parse_lines(numbers.missing)
    parse_lines(numbers.partial)
    reached, total = numbers.covered + numbers.taken, numbers.statements + numbers.branches
    if not 0 <= reached <= total or numbers.percent != percent(reached, total):
        raise ValueError(f"the numbers of {path} are inconsistent")
