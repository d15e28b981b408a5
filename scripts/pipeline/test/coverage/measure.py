"""Combine the coverage data of all test steps and read the numbers of every file.

coverage.py reports in a process of its own: it works relative to the current directory, and a
repository's own coverage settings must not move the gate.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coverage import CoverageData
from coverage.exceptions import CoverageException

from pipeline.core.errors import InputError
from pipeline.core.process import run
from pipeline.test.coverage.numbers import FileCover

PREFIX = "coverage-"
_RCFILE = "[run]\nbranch = true\nrelative_files = true\n"


def data_files(results: Path) -> dict[str, Path]:
    """The coverage data in a directory of results, by unit: ``python`` or an add-on's name.

    Raises:
        InputError: the directory does not exist.
    """
    if not results.is_dir():
        raise InputError(
            f"the directory of results {results} does not exist",
            "run the tests first, and set --results to the directory that they wrote to",
        )
    return {
        path.name.removeprefix(PREFIX): path
        for path in sorted(results.glob(f"{PREFIX}*"))
        if path.is_file() and not path.suffix  # coverage-totals.json is not data
    }


@dataclass(frozen=True)
class Measurement:
    """Combined data, for as long as :func:`combined` holds it."""

    root: Path
    data: Path
    owners: Mapping[str, str]

    def files(self) -> tuple[FileCover, ...]:
        """The numbers of every file that Python can read, sorted by path."""
        if not self.owners:
            return ()
        target = self.data.with_name("report.json")
        self._report("json", "-o", str(target))
        report = json.loads(target.read_text(encoding="utf-8"))["files"]
        return tuple(
            _file_cover(path, owner, report[path])
            for path, owner in self.owners.items()
            if path in report
        )

    def write_reports(self, output: Path) -> None:
        """Write ``coverage.xml`` (Cobertura) and ``htmlcov/`` into a directory."""
        output.mkdir(parents=True, exist_ok=True)
        if self.owners:
            where = output.resolve()
            self._report("xml", "-o", str(where / "coverage.xml"))
            self._report("html", "-d", str(where / "htmlcov"), "--title", "Coverage")

    def _report(self, kind: str, *options: str) -> None:
        rcfile = self.data.with_name("coveragerc")
        rcfile.write_text(_RCFILE, encoding="utf-8")
        # -I: nothing in the source (an add-on named `calendar`) may shadow a library
        command = (sys.executable, "-I", "-m", "coverage", kind, "-q", f"--rcfile={rcfile}")
        # A file that is not valid Python, such as a template, must not hide the others' numbers.
        given = ("--ignore-errors", f"--data-file={self.data}", *options)
        run((*command, *given, "--", *self.owners), cwd=self.root)


@contextmanager
def combined(
    root: Path, data: Mapping[str, Path], owners: Mapping[str, str]
) -> Iterator[Measurement]:
    """Combine data files. A file of ``owners`` that no test imported counts as not covered.

    Args:
        root: the source.
        data: data files by unit.
        owners: the files to report on, and their add-ons.

    Raises:
        InputError: a data file is unreadable, or was measured with other options.
    """
    with tempfile.TemporaryDirectory(prefix="pipeline-coverage-") as directory:
        path = Path(directory) / "data"
        with closing(CoverageData(basename=str(path))) as together:
            together.add_arcs({})  # branches are measured, even when no test ran any code
            for unit, source in data.items():
                _add(together, unit, source, root)
            together.touch_files(list(owners))
            together.write()
        yield Measurement(root, path, owners)


def _add(together: CoverageData, unit: str, source: Path, root: Path) -> None:
    def relative(path: str) -> str:
        prefix = f"{root.resolve()}/"
        return path.replace("\\", "/").removeprefix(prefix)

    try:
        with closing(CoverageData(basename=str(source), read_only=True)) as part:
            part.read()
            together.update(part, map_path=relative)
    except CoverageException as error:
        raise InputError(
            f"{source.name} is not usable coverage data: {error}",
            f"run the tests of {unit} again, with branch coverage and this version of coverage.py",
        ) from error


def _file_cover(path: str, addon: str, entry: Mapping[str, Any]) -> FileCover:
    summary = entry["summary"]
    missing = tuple(entry["missing_lines"])
    partial = {first for first, _ in entry["missing_branches"]} - set(missing)
    return FileCover(
        path,
        addon,
        statements=summary["num_statements"],
        covered=summary["covered_lines"],
        branches=summary["num_branches"],
        taken=summary["covered_branches"],
        missing=missing,
        partial=tuple(sorted(partial)),
    )
