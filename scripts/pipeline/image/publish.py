"""Publish a build for UAT, and promote the image that UAT ran to PROD: always the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import CheckFailed, InputError, RegistryError
from pipeline.core.references import Reference, Repository, parse_image
from pipeline.image.metadata import Metadata
from pipeline.image.registry import archive
from pipeline.image.registry.documents import Document, attach, read_document
from pipeline.image.registry.repository import ImageManifest, Registry

#: The document that states that an environment ran an image.
RAN = "ran-{environment}"


@dataclass(frozen=True)
class Published:
    """A tag and its image.

    Attributes:
        reference: registry, repository and tag.
        digest: its digest now.
        before: its digest before; None when it is new.
    """

    reference: str
    digest: str
    before: str | None = None


def publish(
    registry: Registry,
    image: Path,
    metadata: Metadata,
    documents: Callable[[str], Mapping[str, Document]],
) -> tuple[Published, ...]:
    """Push an image, its documents, and then its tags; `uat-latest` last.

    Args:
        registry: the target registry.
        image: archive in OCI layout.
        metadata: its tags and labels.
        documents: its documents, by kind, once its digest is known.

    Raises:
        InputError: nothing to name it by.
        CheckFailed: its version is in PROD already, with other content.
        RegistryError: the registry refused; the message names the tags moved before that.
    """
    _refuse_unnamed(metadata)
    with archive.opened(image, metadata.created) as opened:
        digest = opened.manifest.digest
        _refuse_released(registry, metadata.version, digest)
        for blob in opened.blobs:
            registry.upload(blob)
        registry.put(digest, opened.manifest)
        for kind, document in documents(digest).items():
            attach(registry, digest, kind, document)
        return move(registry, opened.manifest, metadata.tags)


def check_ready(registry: Registry, metadata: Metadata) -> None:
    """Check that publishing can begin: the source has a commit, the registry answers this user.

    Raises:
        InputError: nothing to name an image by.
        RegistryError: its tags could not be listed.
    """
    _refuse_unnamed(metadata)
    registry.tags()


def promote(
    registry: Registry,
    version: str,
    *,
    expected: str | None = None,
    untested: bool = False,
) -> Published:
    """Point ``prod-v<version>`` at the image of ``uat-v<version>``. Nothing is built or copied.

    Args:
        registry: the registry with both tags.
        version: version, without ``v``.
        expected: digest that ``uat-v<version>`` must have; None: any.
        untested: also promote an image that UAT never ran.

    Raises:
        RegistryError: there is no such build.
        CheckFailed: the tag moved, UAT never ran it, or the version is in PROD with different
            content.
    """
    manifest = registry.require(f"uat-v{version}")
    digest = manifest.digest
    if expected is not None:
        check_unmoved(registry.repository, f"uat-v{version}", expected, digest)
    _refuse_released(registry, version, digest)
    ran = RAN.format(environment="uat")
    if not untested and read_document(registry, digest, ran) is None:
        raise CheckFailed(
            f"UAT never ran {registry.repository.tagged(f'uat-v{version}')} ({digest})",
            "deploy it to UAT first, or promote it anyway with --allow-untested",
        )
    (published,) = move(registry, manifest, (f"prod-v{version}",))
    return published


def move(
    registry: Registry, manifest: ImageManifest, tags: tuple[str, ...]
) -> tuple[Published, ...]:
    """Point tags at an existing manifest, one after the other, and verify them.

    Raises:
        RegistryError: the message says which tags moved and which did not.
    """
    done: list[Published] = []
    for tag in tags:
        try:
            before = registry.manifest(tag)
            registry.put(tag, manifest)
            after = registry.require(tag).digest
            check_unmoved(registry.repository, tag, manifest.digest, after)
        except (RegistryError, CheckFailed) as error:
            moved = ", ".join(_tag(one.reference) for one in done) or "no tag"
            raise type(error)(
                f"{error.message}\nwith {manifest.digest} before that: {moved}; "
                f"not certain: {tag}; not: {', '.join(tags[len(done) + 1 :]) or 'no other'}",
                error.fix,
            ) from error
        done.append(
            Published(
                registry.repository.tagged(tag), manifest.digest, before.digest if before else None
            )
        )
    return tuple(done)


def resolve_digest(registry: Registry, reference: Reference) -> str:
    """The current digest of a reference in the registry.

    Raises:
        RegistryError: there is no such image.
        CheckFailed: the tag has another digest than the reference expects.
    """
    digest = registry.require(reference.tag or reference.digest or "").digest
    if reference.tag and reference.digest:
        check_unmoved(reference.repository, reference.tag, reference.digest, digest)
    return digest


def check_unmoved(repository: Repository, tag: str, expected: str, found: str) -> None:
    """Raise CheckFailed when a tag has another digest than it should."""
    if found != expected:
        raise CheckFailed(
            f"{repository.tagged(tag)} moved: it names {found}, expected was {expected}",
            "find out who pushed it; continue with the digest that you want",
        )


def _refuse_unnamed(metadata: Metadata) -> None:
    if not metadata.tags:
        raise InputError(
            "the source has no commit to name its image after",
            "publish from a git checkout (in Actions: after `actions/checkout`)",
        )


def _refuse_released(registry: Registry, version: str, digest: str) -> None:
    released = registry.manifest(f"prod-v{version}")
    if released is not None and released.digest != digest:
        raise CheckFailed(
            f"version {version} is in PROD with different content: "
            f"{registry.repository.tagged(f'prod-v{version}')} names {released.digest}, "
            f"not {digest}",
            "give the change its own version: [image] version in pipeline.toml, or a git tag",
        )


def _tag(reference: str) -> str:
    return parse_image(reference).tag or ""
