"""`pipeline check secrets`: no secret in the working tree, nor in any commit."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.check.secrets import scan
from pipeline.cli import tree
from pipeline.cli.options.step import step_options
from pipeline.cli.output.step import run_step
from pipeline.core import settings
from pipeline.core.addons.search import folders_of_others
from pipeline.core.results import Outcome


@tree.command()
@step_options
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Directory that remembers which contents of the history are clean, for the next run.",
)
@click.option(
    "--update-baseline",
    is_flag=True,
    help="Write the current findings to the baseline; new entries still have to be reviewed.",
)
@click.option(
    "--audit",
    is_flag=True,
    help="Ask about each unlabelled entry of the baseline; shows the secrets.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Show doubtful values in the files too, as notes: they do not fail the step.",
)
def command(
    source: Path,
    output: Path | None,
    form: str,
    cache: Path | None,
    update_baseline: bool,
    audit: bool,
    strict: bool,
) -> None:
    """Look for secrets in the working tree and, if there is history, in every commit."""
    if audit:
        from pipeline.check.secrets.audit import review  # only here: it loads all of detect-secrets

        review(source, settings.load(source).secrets.baseline)
        return
    if update_baseline:
        _update(source, cache)
        return

    def work() -> Outcome:
        loaded = settings.load(source)
        seen = _look(source, loaded, cache, strict)
        verdict = scan.judge(seen, source, loaded.secrets.baseline)
        advice = "rotate each secret, then remove it; review false alarms into the baseline"
        return Outcome(verdict.summary, verdict.findings, advice, notes=verdict.doubtful)

    run_step("secrets", work, output, form)


def _look(
    source: Path, loaded: settings.Settings, cache: Path | None, strict: bool = False
) -> scan.Seen:
    others = folders_of_others(source, loaded)
    return scan.look(source, loaded.secrets.baseline, cache, others, strict)


def _update(source: Path, cache: Path | None) -> None:
    loaded = settings.load(source)
    path = loaded.secrets.baseline
    entries, unlabelled = scan.update(_look(source, loaded, cache), source, path)
    click.echo(f"{path}: {entries} entries, {unlabelled} of them not reviewed")
    if unlabelled:
        click.echo("what to do: label them with `pipeline check secrets --audit`")
