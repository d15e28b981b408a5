"""The backup that a run restores, and its image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.core.errors import TimeLimitError, ToolError
from pipeline.core.references import digest_in
from pipeline.environment.backup import catalog, images, manifest
from pipeline.environment.backup.manifest import Image, Manifest
from pipeline.environment.host import image_store
from pipeline.environment.runs.context import RunContext
from pipeline.environment.runs.noted import Request


@dataclass(frozen=True, kw_only=True)
class ChosenBackup(Request):
    """A backup. ``manifest``: path of its manifest."""

    manifest: str


def request(chosen: Path) -> ChosenBackup:
    """The request, with the backup's version for the history."""
    return ChosenBackup(manifest=str(chosen), version=manifest.read(chosen).image.version)


def backup_of(run: RunContext) -> Manifest:
    """Its manifest. Raises InputError or Refused as :func:`catalog.find` does."""
    path = Path(run.asked(ChosenBackup).manifest)
    return catalog.find(path.parent, str(path), run.host.environment)


def folder_of(run: RunContext) -> Path:
    """The folder of the chosen backup."""
    return Path(run.asked(ChosenBackup).manifest).parent


def have_image(run: RunContext) -> Image:
    """Get the backup's image: it is on this machine, in the registry, or in the backup.

    Raises:
        ToolError: it is in none of them.
    """
    host, image = run.host, backup_of(run).image
    if host.daemon.image_id(image.reference) == image.id:
        return image
    kept = image_store.kept_name(host, image.id)
    if not host.daemon.image_id(image.id):
        try:
            _pull(run, image)
            return image
        except (ToolError, TimeLimitError) as error:
            if not image.stored:
                raise ToolError(
                    f"{error.message}\nand the backup holds no image",
                    "make the registry reachable, or load the image by hand, and start this again",
                ) from error
            run.say("the registry does not have the image: it is loaded from the backup")
        images.load(host, folder_of(run), image.id)
    host.daemon.tag(image.id, kept)
    return replace(image, reference=kept)  # a loaded image has no digest


def _pull(run: RunContext, image: Image) -> None:
    """Pull it. A name without a digest may point to another image by now."""
    found = image_store.pull(run.host, image.reference, run.registry)
    if not digest_in(image.reference) and found != image.id:
        raise ToolError(
            f"{image.reference} is another image now than the backup's: {found[:19]}, not "
            f"{image.id[:19]}",
            "load the backup's image by hand, and start this again",
        )
