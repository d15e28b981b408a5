"""Which image an environment gets, and how the registry's tags change afterwards."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.core.errors import CheckFailed, PipelineError
from pipeline.core.references import check_digest, check_tag, digest_in
from pipeline.core.settings.environments import UAT
from pipeline.core.versions import check_version
from pipeline.image.provenance import ran
from pipeline.image.publish import RAN, check_unmoved, move, promote
from pipeline.image.registry.documents import attach, read_document
from pipeline.image.registry.hub import deletion
from pipeline.image.registry.repository import Registry
from pipeline.image.retention import retain

LATEST = "uat-latest"
_VERSION_LABEL = "org.opencontainers.image.version"
#: Maximum size of an image's configuration.
_LARGEST_CONFIGURATION = 4 << 20


@dataclass(frozen=True)
class Delivery:
    """An image to be deployed.

    Attributes:
        digest: the tag's current digest in the registry.
        version: the version in the image's labels.
        image: the reference by digest.
    """

    digest: str
    version: str
    image: str


def for_uat(registry: Registry, tag: str, expected: str) -> Delivery:
    """The image of a tag.

    Raises:
        RegistryError: there is none.
        CheckFailed: the tag names another digest than expected.
    """
    return _delivery(registry, check_tag(tag), expected)


def for_prod(registry: Registry, version: str, expected: str, untested: bool) -> Delivery:
    """The image of a version that UAT ran.

    Args:
        registry: the registry with the image.
        version: version, with or without ``v``.
        expected: digest that it must have; empty: any.
        untested: also accept an image that UAT never ran.

    Raises:
        RegistryError: there is no such version.
        CheckFailed: another digest than expected; UAT never ran it; PROD has the version with
            different content.
    """
    number = check_version(version)
    found = _delivery(registry, f"uat-v{number}", expected)
    released = registry.manifest(f"prod-v{number}")
    if released is not None and released.digest != found.digest:
        raise CheckFailed(
            f"{registry.repository.tagged(f'prod-v{number}')} is {released.digest}, and a tag of "
            f"PROD never moves; uat-v{number} is {found.digest}",
            "give the change its own version",
        )
    if not untested and read_document(registry, found.digest, _ran(UAT)) is None:
        raise CheckFailed(
            f"UAT never ran {found.image}",
            "deploy it to UAT first, or deploy it anyway with --allow-untested",
        )
    return Delivery(found.digest, number, found.image)


def after_uat(registry: Registry, delivery: Delivery) -> str:
    """Attach a record to the image that UAT ran it and was healthy. Returns a line to print."""
    now = datetime.datetime.now(datetime.timezone.utc)
    document = ran(str(registry.repository), delivery.digest, UAT, now)
    attach(registry, delivery.digest, _ran(UAT), document)
    return f"recorded in the registry: UAT ran {delivery.digest}"


def back_to(registry: Registry, delivery: Delivery, running: str) -> str:
    """After a rollback, move ``uat-latest`` from the failed image to the one that UAT runs.

    Args:
        registry: the registry with both.
        delivery: the failed image.
        running: digest that UAT runs.

    Returns:
        A line to print; empty when there is nothing to do.
    """
    latest = registry.manifest(LATEST)
    if latest is None or latest.digest != delivery.digest or running == delivery.digest:
        return ""
    move(registry, registry.require(check_digest(running)), (LATEST,))
    return f"{LATEST} names {running} again, the latest version that works"


def after_prod(registry: Registry, delivery: Delivery, untested: bool, keep: int) -> str:
    """Give the image its PROD tag, and remove old ones. Returns a line to print."""
    tag = promote(registry, delivery.version, expected=delivery.digest, untested=untested)
    newest = f"prod-v{delivery.version}"
    retain(registry, deletion(registry), keep=keep, running=(delivery.digest,), newest=newest)
    return f"{tag.reference} is {delivery.digest}"


def update_registry(note: Callable[[str], None], update: Callable[[], str], deployed: str) -> None:
    """Update the registry's tags after a deployment, which a failure here does not undo.

    Args:
        note: prints a line.
        update: changes the tags; returns a line to print, or nothing.
        deployed: the outcome of the deployment, for the error.

    Raises:
        PipelineError: the registry's, with what is already done.
    """
    try:
        if line := update():
            note(line)
    except PipelineError as error:
        raise type(error)(
            f"{deployed}, but the registry could not be updated: {error.message}", error.fix
        ) from error


def running(status: bytes) -> str:
    """The digest that an environment runs, from what `status --format json` printed."""
    return digest_in(str(json.loads(status).get("image", "")))


def _delivery(registry: Registry, tag: str, expected: str) -> Delivery:
    wanted = check_digest(expected) if expected else ""
    manifest = registry.require(tag)
    if wanted:
        check_unmoved(registry.repository, tag, wanted, manifest.digest)
    document = json.loads(manifest.text)
    digest = (document.get("config") or {}).get("digest")
    labels: dict[str, str] = {}
    if digest:
        found = json.loads(registry.download(digest, _LARGEST_CONFIGURATION))
        labels = (found.get("config") or {}).get("Labels") or {}
    version = labels.get(_VERSION_LABEL) or tag.removeprefix("uat-").removeprefix("v")
    return Delivery(manifest.digest, version, registry.repository.pinned(manifest.digest))


def _ran(environment: str) -> str:
    return RAN.format(environment=environment)
