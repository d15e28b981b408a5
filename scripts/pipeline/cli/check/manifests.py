"""``pipeline check manifests``: check the add-ons' manifests."""

from __future__ import annotations

from pathlib import Path

from pipeline.check.manifests import ManifestReport, check_manifests
from pipeline.cli import tree
from pipeline.cli.options.step import step_options
from pipeline.cli.output.step import run_step
from pipeline.core.results import Outcome
from pipeline.core.settings import load
from pipeline.core.wording import counted


@tree.command()
@step_options
def command(source: Path, output: Path | None, form: str) -> None:
    """Check keys, types, versions, licences, dependencies and files of all manifests."""

    def work() -> Outcome:
        report = check_manifests(source, load(source))
        return Outcome(summary(report), report.findings, "fix the manifests at the lines above")

    run_step("manifests", work, output, form)


def summary(report: ManifestReport) -> str:
    """One line on what was checked."""
    parts = [f"{counted(len(report.addons), 'add-on')} for Odoo {report.series}"]
    disabled = [addon.name for addon in report.addons if not (addon.installable or addon.problem)]
    if disabled:
        parts.append(f"not installable: {', '.join(disabled)}")
    if report.fetched:
        parts.append(f"fetched by pip, not checked: {', '.join(report.fetched)}")
    if report.findings:
        parts.append(counted(len(report.findings), "finding"))
    return "; ".join(parts)
