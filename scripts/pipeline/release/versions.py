"""The versions that can be deployed to PROD, and their list in ``deploy-prod.yml``.

GitHub reads the choices of a manual workflow from its file, so the list is written there, between
two markers.
"""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.core import git
from pipeline.core.errors import InputError
from pipeline.core.versions import is_version, sorting_key

WORKFLOW = ".github/workflows/deploy-prod.yml"
#: How to update the list.
REFRESH = "run `pipeline release versions --write` and commit the file"
#: Number of versions in the list; the registry does not keep older ones either.
OFFERED = 20
_MARKS = re.compile(
    r"(?P<begin>(?P<indent>[ ]*)# versions: begin[^\n]*\n)(?P<old>.*?)(?P<end>[ ]*# versions: end)",
    re.DOTALL,
)


def versions(root: Path, upcoming: str | None = None) -> tuple[str, ...]:
    """The versions of the tags ``v<version>``, newest first, without the ``v``.

    Args:
        root: a git checkout.
        upcoming: a version that is published before it is tagged, from the settings.

    Raises:
        InputError: not a git checkout.
    """
    git.require_checkout(root, "the versions are its tags")
    tagged = {tag.removeprefix("v") for tag in git.tags(root, "v*")}
    found = {version for version in tagged if is_version(version)}
    return tuple(sorted({*found, *filter(None, [upcoming])}, key=sorting_key, reverse=True))


def offered(workflow: str) -> tuple[str, ...]:
    """The versions that a workflow's text offers. Raises InputError when it has no list."""
    lines = _list(workflow)["old"].splitlines()
    return tuple(line.strip().removeprefix("- v") for line in lines)


def refreshed(workflow: str, found: tuple[str, ...]) -> str:
    """The workflow's text with these versions in its list.

    Raises:
        InputError: it has no list, or there is no version for the list.
    """
    place = _list(workflow)
    if not found:
        raise InputError(
            "there is no version to offer: no tag v<version>, no [image] version in pipeline.toml",
            "tag a commit, for example v0.1.0, or set the version",
        )
    lines = "".join(f"{place['indent']}- v{version}\n" for version in found[:OFFERED])
    return workflow[: place.start("old")] + lines + workflow[place.end("old") :]


def read(root: Path) -> str | None:
    """The text of the workflow; None when the repository has none."""
    try:
        return (root / WORKFLOW).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _list(workflow: str) -> re.Match[str]:
    found = _MARKS.search(workflow)
    if found is None:
        raise InputError(
            f"{WORKFLOW} has no list of versions that can be updated",
            "put the lines `# versions: begin` and `# versions: end` around its options",
        )
    return found
