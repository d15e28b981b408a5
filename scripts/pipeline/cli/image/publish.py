"""``pipeline image publish``: push a build for UAT."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import tree
from pipeline.cli.options.form import format_option
from pipeline.cli.options.registry import RegistryOptions, registry_options
from pipeline.cli.output.images import print_published
from pipeline.core.errors import CheckFailed
from pipeline.core.results import read_results
from pipeline.core.settings import FILE_NAME
from pipeline.image.metadata import describe_image
from pipeline.image.provenance import file_hash, provenance
from pipeline.image.publish import check_ready, publish
from pipeline.image.registry.documents import Document
from pipeline.image.sbom import CYCLONEDX

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@tree.command()
@click.argument("archive", type=_FILE, required=False)
@click.option("--version", default="", help="Version, as for `image metadata`.")
@click.option(
    "--sbom", type=_FILE, help="Its bill of materials, as `pipeline image sbom` writes it."
)
@click.option(
    "--results",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Results of the steps that ran on it, for its provenance.",
)
@registry_options
@format_option
def command(
    options: RegistryOptions,
    archive: Path | None,
    version: str,
    sbom: Path | None,
    results: Path | None,
    form: str,
) -> None:
    """Push the image ARCHIVE (OCI layout) as uat-<commit>, uat-v<version> and uat-latest.

    Its bill of materials and its provenance are attached to its digest. Without ARCHIVE it only
    checks whether publishing is possible: credentials, version, the registry's answer.
    """
    registry = options.open(login=True)
    metadata = describe_image(options.source, version, options.settings.image.version)
    if archive is None:
        check_ready(registry, metadata)
        return
    steps = read_results(results) if results else ()
    if failed := [result.step for result in steps if not result.status.good]:
        raise CheckFailed(
            f"not published: {', '.join(failed)} failed", "fix the failed steps; see their findings"
        )

    def documents(digest: str) -> dict[str, Document]:
        made = {
            "provenance": provenance(
                str(registry.repository),
                digest,
                metadata,
                file_hash(options.source / FILE_NAME),
                steps,
            )
        }
        if sbom is not None:
            made["sbom"] = Document(CYCLONEDX, sbom.read_bytes())
        return made

    published = publish(registry, archive, metadata, documents)
    print_published(published, form, changed=metadata.changed)
