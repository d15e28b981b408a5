"""The tags and labels of an image: from its version and the commit that it is built from."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import git, versions
from pipeline.core.versions import DIRTY, check_version, is_version

#: Length of the commit id in a tag.
COMMIT_CHARACTERS = 9
#: The newest working build, in UAT.
LATEST = "uat-latest"
#: The labels of an image whose source has no metadata.
NO_VERSION, NO_REVISION, NO_DATE = "0.0.0", "unknown", "1970-01-01T00:00:00Z"
_LABEL = "org.opencontainers.image"


@dataclass(frozen=True)
class Metadata:
    """The origin of an image.

    Attributes:
        version: its version, with ``-dirty`` when there are uncommitted changes.
        revision: the commit, with ``-dirty`` likewise; ``unknown`` without history.
        created: the commit's date, as RFC 3339 in UTC. Not the build's date: the same commit gives
            the same image whenever it is built.
        changed: files that differ from the commit.
    """

    version: str
    revision: str
    created: str
    changed: tuple[str, ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """The labels, under their OCI names."""
        return {
            f"{_LABEL}.version": self.version,
            f"{_LABEL}.revision": self.revision,
            f"{_LABEL}.created": self.created,
        }

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of a build for UAT. The last one is ``uat-latest``, never given to a dirty tree."""
        if self.revision == NO_REVISION:
            return ()
        commit = self.revision.removesuffix(DIRTY)[:COMMIT_CHARACTERS]
        if self.changed:
            return (f"uat-{commit}{DIRTY}", f"uat-v{self.version}")
        return (f"uat-{commit}", f"uat-v{self.version}", LATEST)


def describe_image(root: Path, version: str, fallback: str | None) -> Metadata:
    """Describe the image that is built from a source.

    Args:
        root: the source, best a git checkout.
        version: version to use; empty: that of the tag ``v<version>`` on the commit, else the
            fallback, else 0.0.0.
        fallback: version of the settings.

    Raises:
        InputError: not a valid version.
    """
    asked = check_version(version) if version else ""
    if not git.is_checkout(root) or not git.has_commit(root):
        return Metadata(asked or fallback or NO_VERSION, NO_REVISION, NO_DATE)
    revision = git.resolve(root, "HEAD")
    changed = git.uncommitted_files(root)
    suffix = DIRTY if changed else ""
    return Metadata(
        (asked or _tagged(root) or fallback or NO_VERSION) + suffix,
        revision + suffix,
        _commit_date(root),
        changed,
    )


def _tagged(root: Path) -> str:
    """The highest version among the tags of the commit; empty if there is none."""
    names = (re.sub("^v", "", tag) for tag in git.tags_at_head(root) if tag.startswith("v"))
    return max((name for name in names if is_version(name)), key=versions.sorting_key, default="")


def _commit_date(root: Path) -> str:
    moment = datetime.datetime.fromtimestamp(git.commit_time(root), datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
