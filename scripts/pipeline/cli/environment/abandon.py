"""``pipeline environment abandon``: give up a run that no resume can end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import tree
from pipeline.cli.options.environment.vm import caller, environment_options, host_of, run_options
from pipeline.cli.options.phrases import ABANDON_PROD, Phrase
from pipeline.environment.host.host import Host
from pipeline.environment.operations import abandon
from pipeline.environment.runs.run_history import Past


def phrase(host: Host, past: Past) -> Phrase:
    """What has to be typed for it: the run's name, on PROD in a sentence."""
    text = ABANDON_PROD.format(run=past.name)
    return Phrase(
        text if host.environment.production else past.name,
        f"this leaves {past.name} as it is, which cannot be undone",
    )


@tree.command(lasts=True, prints="events")
@environment_options
@run_options
@click.option("--run", "wanted", default="", help="The run: its number, id or name.")
@click.option("--confirm", default="", help="What the dry run says is to be typed.")
@click.option(
    "--dry-run/--apply",
    default=True,
    show_default=True,
    help="Only show what would stay as it is, or abandon the run.",
)
def command(
    environment: str,
    source: Path | None,
    wanted: str,
    confirm: str,
    dry_run: bool,
    **options: Any,
) -> None:
    """Abandon a run that no resume can end: it is left as it is, and others can begin."""
    host = host_of(environment, source, checked=False)  # a broken .env may be why
    past = abandon.find(host, wanted)
    words = phrase(host, past)
    if dry_run:
        for line in abandon.stays(host, past):
            click.echo(line)
        click.echo(f'dry run: do it with --apply --confirm "{words.text}"')
        return
    words.check(confirm)
    ended = abandon.abandon(host, past.name, caller(**options))
    click.echo(f"{ended.name}: {ended.story.outcome}")
    if ended.story.ended:
        click.echo(f"what to do: {ended.story.ended.fix}")
