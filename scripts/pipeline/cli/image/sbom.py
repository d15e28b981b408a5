"""``pipeline image sbom``: the bill of materials of an image."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.step import source_option
from pipeline.core.settings import load
from pipeline.image.metadata import describe_image
from pipeline.image.sbom import write_sbom


@tree.command(prints="nothing")
@source_option
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Root file system of the image.",
)
@click.option(
    "--addons",
    multiple=True,
    default=("/mnt/extra-addons", "/mnt/dependencies"),
    show_default=True,
    help="Folder of add-ons in it; may be repeated.",
)
@click.option("--version", default="", help="Version, as for `image metadata`.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    required=True,
    help="File to write, CycloneDX JSON.",
)
def command(source: Path, root: Path, addons: tuple[str, ...], version: str, output: Path) -> None:
    """Write which Debian packages, pip packages and add-ons are in an image."""
    settings = load(source)
    metadata = describe_image(source, version, settings.image.version)
    output.write_bytes(write_sbom(root, addons, settings.project.name, metadata))
