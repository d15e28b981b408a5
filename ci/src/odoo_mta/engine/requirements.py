"""The source's own Python packages, in a layer that only a change of theirs rebuilds."""

import dagger

from .access import Access
from .by_content import by_content
from .containers import PIP_INSTALL


def with_requirements(
    container: dagger.Container,
    source: dagger.Directory,
    names: list[str],
    others: list[str],
    access: Access,
) -> dagger.Container:
    """Install the source's requirements, in addition to the locked packages.

    Args:
        container: the container that gets them.
        source: the source.
        names: its requirement files.
        others: files that these include; their relative paths are kept.
        access: logins for what they name.
    """
    if not names:
        return container
    files = by_content(source.filter(include=[*names, *others]))
    container = access.lend(container.with_directory("/opt/requirements", files))
    for name in names:
        container = container.with_exec([*PIP_INSTALL, "-r", f"/opt/requirements/{name}"])
    return access.take_back(container)
