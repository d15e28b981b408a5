"""``pipeline image promote``: from UAT to PROD, the same digest."""

from __future__ import annotations

import click

from pipeline.cli import tree
from pipeline.cli.options.form import format_option
from pipeline.cli.options.registry import RegistryOptions, registry_options
from pipeline.cli.output.images import print_published
from pipeline.core.errors import InputError
from pipeline.core.references import check_digest
from pipeline.core.versions import check_version
from pipeline.image.publish import promote
from pipeline.image.registry.hub import ADDRESS, deletion
from pipeline.image.retention import retain, running_digests


@tree.command()
@click.argument("version")
@click.option(
    "--keep", type=int, help="Number of prod-v… tags to keep; default: that of pipeline.toml."
)
@click.option(
    "--running",
    multiple=True,
    help="Image that an environment runs (digest, tag or reference): never removed. May be "
    "repeated. Without it, nothing is removed.",
)
@click.option("--expect", default="", help="Digest that uat-v<version> must have.")
@click.option("--allow-untested", is_flag=True, help="Also promote what UAT never ran.")
@click.option("--hub", default=ADDRESS, show_default=True, help="Docker Hub's own API.")
@registry_options
@format_option
def command(
    options: RegistryOptions,
    version: str,
    keep: int | None,
    running: tuple[str, ...],
    expect: str,
    allow_untested: bool,
    hub: str,
    form: str,
) -> None:
    """Point prod-v<VERSION> to the image of uat-v<VERSION>, and remove old PROD tags.

    Nothing is built: PROD gets the bytes that UAT ran. Tags that an environment runs are kept, and
    so are all other tags of an image.
    """
    number = check_version(version)
    keep = options.settings.image.keep if keep is None else keep
    if keep < 1:
        raise InputError(f"--keep {keep} would keep nothing", "use a number of tags, at least 1")
    running = tuple(entry for entry in running if entry.strip())
    registry = options.open(login=True)
    expected = check_digest(expect) if expect else None
    running_digests(registry, running)  # an error there must come before any change
    published = promote(registry, number, expected=expected, untested=allow_untested)
    retained = (
        retain(
            registry,
            deletion(registry, hub),
            keep=keep,
            running=running,
            newest=f"prod-v{number}",
        )
        if running
        else ()
    )
    print_published((published,), form, retained=retained)
