"""Write the report directory."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from pipeline.core.errors import CheckFailed
from pipeline.report import actions, markdown, model, page, tests
from pipeline.report.collect import PipelineRun
from pipeline.report.shards import RESULTS
from pipeline.test import times

#: What a report directory has next to index.html, and what it is.
_FILES = {
    "junit.xml": "all tests (JUnit XML)",
    "coverage.xml": "coverage (Cobertura XML)",
    "htmlcov": "coverage, line by line",
    "summary.md": "the summary as Markdown",
    times.FILE_NAME: "how long each add-on's tests took",
    RESULTS: "raw results, coverage data and logs",
}
#: For the workflow that makes the report: what it prints, and what it ends with.
_LOG, _EXIT_CODE = "actions.log", "exit-code"


def write_report(run: PipelineRun, root: Path, results: Path, output: Path) -> Path:
    """Write the report of a run and return its page.

    Args:
        run: the results of all steps.
        root: the source.
        results: the directory that the steps wrote to.
        output: the report directory; what an earlier report left there is replaced.
    """
    output.mkdir(parents=True, exist_ok=True)
    for name in (*_FILES, _LOG, _EXIT_CODE):
        _remove(output / name)
    test_report = tests.read(results)
    test_report.document.write(str(output / "junit.xml"), pretty=True)
    (output / "summary.md").write_text(markdown.render(run), encoding="utf-8")
    log = actions.render(run, secrets.token_hex(16))
    (output / _LOG).write_text(log, encoding="utf-8")
    (output / _EXIT_CODE).write_text(f"{CheckFailed.exit_code if run.bad else 0}\n", "utf-8")
    if (results / "coverage.xml").is_file():
        shutil.copyfile(results / "coverage.xml", output / "coverage.xml")
    if (results / "htmlcov").is_dir():
        shutil.copytree(results / "htmlcov", output / "htmlcov")
    if measured := times.measured(run.steps):
        (output / times.FILE_NAME).write_text(measured.to_json(), encoding="utf-8")
    _copy_raw(results, output / RESULTS)
    totals, problem = model.read_totals(results)
    there = tuple((name, text) for name, text in _FILES.items() if (output / name).exists())
    content = model.Page(
        run,
        model.describe(root),
        test_report,
        totals,
        problem,
        model.now(),
        there,
        model.read_screenshots(results, test_report),
    )
    target = output / "index.html"
    target.write_text(page.render(content), encoding="utf-8")
    return target


def _copy_raw(results: Path, target: Path) -> None:
    """All files of the steps but those that the report has itself: a merge needs no more."""
    target.mkdir()
    for path in sorted(results.iterdir()):
        if path.is_file() and path.name not in _FILES:
            shutil.copyfile(path, target / path.name)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
