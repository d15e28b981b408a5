"""``pipeline image metadata``: names and labels of a source's image."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.step import source_option
from pipeline.core.settings import load
from pipeline.image.metadata import describe_image


@tree.command(prints="JSON")
@source_option
@click.option(
    "--version",
    default="",
    help="Version; default: that of the commit's tag v<version>, otherwise that of pipeline.toml.",
)
def command(source: Path, version: str) -> None:
    """Print version, commit, date, labels and tags of the image of a source, as JSON."""
    metadata = describe_image(source, version, load(source).image.version)
    shown = {
        **dataclasses.asdict(metadata),
        "labels": metadata.labels,
        "tags": list(metadata.tags),
    }
    click.echo(json.dumps(shown, indent=2))
