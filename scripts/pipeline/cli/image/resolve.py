"""``pipeline image resolve``: which digest a tag names."""

from __future__ import annotations

import json

import click

from pipeline.cli import tree
from pipeline.cli.options.form import format_option
from pipeline.cli.options.registry import RegistryOptions, registry_options
from pipeline.core.errors import CheckFailed
from pipeline.core.references import check_digest
from pipeline.image.publish import check_unmoved, resolve_digest
from pipeline.image.registry.documents import document_kinds


@tree.command()
@click.argument("reference")
@click.option("--expect", default="", help="Digest that the tag must have.")
@click.option("--require", multiple=True, help="Document that it must have, such as ran-uat.")
@registry_options
@format_option
def command(
    options: RegistryOptions, reference: str, expect: str, require: tuple[str, ...], form: str
) -> None:
    """Print the digest that REFERENCE (tag, digest, registry/repository:tag) points to now.

    Queries the registry, and checks that the content has that digest. Fails if the tag points to a
    digest other than that of the reference (as tag@sha256:…) or --expect.
    """
    expected = check_digest(expect) if expect else None
    registry, image = options.image(reference)
    digest = resolve_digest(registry, image)
    if expected is not None:
        check_unmoved(registry.repository, image.tag or digest, expected, digest)
    beside = document_kinds(registry, digest)
    if missing := [kind for kind in require if kind not in beside]:
        raise CheckFailed(
            f"{registry.repository.pinned(digest)} has no {', '.join(missing)}",
            "ran-uat comes with a healthy deployment to UAT, the others with `image publish`",
        )
    pinned = registry.repository.pinned(digest)
    if form == "json":
        shown = {"reference": str(image), "digest": digest, "image": pinned, "beside": beside}
        click.echo(json.dumps(shown, indent=2))
    else:
        click.echo(pinned)
