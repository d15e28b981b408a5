"""The backup that a run was asked to restore, and the image of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.core.errors import TimeLimitError, ToolError
from pipeline.environment.backup import catalog, images, manifest
from pipeline.environment.backup.manifest import Image, Manifest
from pipeline.environment.host import image_store
from pipeline.environment.runs.run import Run


def request(chosen: Path) -> dict[str, Any]:
    """What is asked for, as the journal keeps it."""
    return {"manifest": str(chosen), "version": manifest.read(chosen).image.version}


def backup_of(run: Run) -> Manifest:
    """Its manifest. Raises InputError or Refused as :func:`catalog.find` does."""
    path = Path(run.request["manifest"])
    return catalog.find(path.parent, str(path), run.host.environment)


def folder_of(run: Run) -> Path:
    """The folder that it is in."""
    return Path(run.request["manifest"]).parent


def have_image(run: Run) -> Image:
    """Its image on this machine: it is here, in the registry, or in the backup.

    Raises:
        ToolError: it is nowhere.
    """
    host, image = run.host, backup_of(run).image
    if host.daemon.image_id(image.reference) == image.id:
        return image
    kept = image_store.kept_name(host, image.id)
    if not host.daemon.image_id(image.id):
        try:
            image_store.pull(host, image.reference, run.registry)
            return image
        except (ToolError, TimeLimitError) as error:
            if not image.stored:
                raise ToolError(
                    f"{error.message}\nand the backup holds no image",
                    "make the registry reachable, or load the image by hand, and start this again",
                ) from error
            run.say("the registry does not give the image: it is loaded from the backup")
        images.load(host, folder_of(run), image.id)
    host.daemon.tag(image.id, kept)
    return replace(image, reference=kept)  # what is loaded has lost its digest
