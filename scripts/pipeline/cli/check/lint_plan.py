"""``pipeline check lint-plan``: what `check lint` needs, as JSON, for its container."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.check.lint import choose_tools
from pipeline.cli import tree
from pipeline.cli.options.step import source_option
from pipeline.core.addons.search import dependency_folders
from pipeline.core.settings import load


@tree.command(prints="JSON")
@source_option
def command(source: Path) -> None:
    """Print which versions of tools the source names, as JSON."""
    settings = load(source)
    others = dependency_folders(source, settings)
    click.echo(choose_tools(source, settings).needs(others).to_json(), nl=False)
