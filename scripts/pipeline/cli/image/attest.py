"""``pipeline image attest``: record, as a document of an image, that an environment ran it."""

from __future__ import annotations

import datetime
import json

import click

from pipeline.cli import tree
from pipeline.cli.options.form import format_option
from pipeline.cli.options.registry import RegistryOptions, registry_options
from pipeline.core.settings.environments import NAMES
from pipeline.image.provenance import ran
from pipeline.image.publish import RAN, resolve_digest
from pipeline.image.registry.documents import attach


@tree.command()
@click.argument("reference")
@click.option(
    "--environment", type=click.Choice(NAMES), required=True, help="The environment that ran it."
)
@registry_options
@format_option
def command(options: RegistryOptions, reference: str, environment: str, form: str) -> None:
    """Attach to the image REFERENCE that an environment ran it and found it healthy.

    `pipeline image resolve --require ran-uat` requires this, and so does `image promote`.
    """
    registry, image = options.image(reference, login=True)
    digest = resolve_digest(registry, image)
    now = datetime.datetime.now(datetime.timezone.utc)
    kind = RAN.format(environment=environment)
    document = attach(
        registry, digest, kind, ran(str(registry.repository), digest, environment, now)
    )
    pinned = registry.repository.pinned(digest)
    if form == "json":
        click.echo(json.dumps({"image": pinned, "kind": kind, "document": document}, indent=2))
    else:
        click.echo(f"{pinned}: {kind}")
