"""``pipeline check gitignore``: what must never be committed is ignored and not tracked."""

from __future__ import annotations

from pathlib import Path

from pipeline.check.gitignore import KINDS, check_gitignore
from pipeline.cli import tree
from pipeline.cli.options.step import step_options
from pipeline.cli.output.step import run_step
from pipeline.core.results import Outcome
from pipeline.core.settings import load


@tree.command()
@step_options
def command(source: Path, output: Path | None, form: str) -> None:
    """Check that git ignores what must never be committed, and tracks none of it."""

    def work() -> Outcome:
        findings = check_gitignore(source, load(source).gitignore.allowed)
        summary = f"{len(KINDS)} kinds of files checked"
        if findings:
            ignored = sum(finding.code.startswith("ignore-") for finding in findings)
            summary += f"; {ignored} not ignored, {len(findings) - ignored} files tracked"
        return Outcome(summary, findings, "add the lines to .gitignore; untrack the files")

    run_step("gitignore", work, output, form)
