"""``pipeline image document``: read a document of an image."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.registry import RegistryOptions, registry_options
from pipeline.core.errors import RegistryError
from pipeline.image.publish import resolve_digest
from pipeline.image.registry.documents import document_kinds, read_document


@tree.command(prints="JSON")
@click.argument("reference")
@click.argument("kind")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="File to write; without it, standard output.",
)
@registry_options
def command(options: RegistryOptions, reference: str, kind: str, output: Path | None) -> None:
    """Print a document attached to the image REFERENCE: KIND is sbom, provenance or ran-uat."""
    registry, image = options.image(reference)
    digest = resolve_digest(registry, image)
    document = read_document(registry, digest, kind)
    if document is None:
        raise RegistryError(
            f"{registry.repository.pinned(digest)} has no {kind}",
            f"there is: {', '.join(document_kinds(registry, digest)) or 'nothing'}",
        )
    if output is None:
        click.echo(document.data, nl=False)
    else:
        output.write_bytes(document.data)
