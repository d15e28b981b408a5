"""``pipeline test undeclared``: why a suite failed, if that is because of a file that it lacks."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.coverage import test_results_option
from pipeline.cli.options.step import source_option
from pipeline.core.results import read_results, write_result
from pipeline.core.settings import load
from pipeline.test.python.undeclared import explained
from pipeline.test.suites import make_suites, settings_of


@tree.command(prints="nothing")
@click.argument("name")
@source_option
@test_results_option
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="Directory that gets the results, with findings about the files that the suite lacked.",
)
def command(name: str, source: Path, results: Path, output: Path) -> None:
    """Explain the results of the suite NAME, which ran with nothing but the files that it reads."""
    python = load(source).python
    settings_of(python, name)
    (suite,) = (one for one in make_suites(source, python) if one.name == name)
    shutil.copytree(results, output, dirs_exist_ok=True)
    (result,) = (one for one in read_results(results) if one.step == f"test-{suite.unit}")
    log = results / f"log-{suite.unit}.txt"
    said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    write_result(explained(result, said, source.resolve(), suite), output)
