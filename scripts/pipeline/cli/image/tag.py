"""``pipeline image tag``: point a tag of UAT to another published image."""

from __future__ import annotations

import click

from pipeline.cli import tree
from pipeline.cli.options.form import format_option
from pipeline.cli.options.registry import RegistryOptions, registry_options
from pipeline.cli.output.images import print_published
from pipeline.core.errors import InputError
from pipeline.core.references import check_tag
from pipeline.image.publish import move, resolve_digest


@tree.command()
@click.argument("reference")
@click.argument("tag")
@registry_options
@format_option
def command(options: RegistryOptions, reference: str, tag: str, form: str) -> None:
    """Point TAG (uat-…) to the image REFERENCE, as a rollback does with uat-latest."""
    if not check_tag(tag).startswith("uat-"):
        raise InputError(
            f"{tag!r} is not a UAT tag, and only those can be moved",
            "use a tag that starts with `uat-`; `image promote` creates those of PROD",
        )
    registry, image = options.image(reference, login=True)
    manifest = registry.require(resolve_digest(registry, image))
    print_published(move(registry, manifest, (tag,)), form)
