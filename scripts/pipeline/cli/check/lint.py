"""``pipeline check lint``: black, isort and flake8."""

from __future__ import annotations

from pathlib import Path

from pipeline.check.lint import lint, python_files, versions
from pipeline.cli import tree
from pipeline.cli.options.step import step_options
from pipeline.cli.output.step import run_step
from pipeline.core.results import Outcome


@tree.command()
@step_options
def command(source: Path, output: Path | None, form: str) -> None:
    """Check format, imports and style of all Python files."""

    def work() -> Outcome:
        tools = versions()
        findings = lint(source)
        count = python_files(source)
        if not count and not findings:
            return Outcome("no Python files: nothing to lint", skipped=True)
        parts = [f"{count} Python files", tools]
        if findings:
            parts.append(f"findings: {len(findings)}")
        return Outcome(
            "; ".join(parts), findings, "run `black .` and `isort .`; fix what flake8 reports"
        )

    run_step("lint", work, output, form)
