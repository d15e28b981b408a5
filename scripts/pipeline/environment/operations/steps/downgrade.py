"""An older version than the one that runs: the way to it is its backup, not a deployment."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.core.errors import Refused
from pipeline.environment.backup import catalog
from pipeline.environment.host.host import Host

_NUMBERS = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)(-?)")


def check(host: Host, running: str, version: str, backups: Path) -> None:
    """Refuse on PROD what is older than what was deployed last.

    Args:
        host: the VM.
        running: the version that was deployed last; empty: none.
        version: the version to deploy.
        backups: where the environment's backups are.

    Raises:
        Refused: it is older; with the command that goes back.
    """
    if host.environment.production and is_older(version, running):
        raise Refused(
            f"PROD has {running}, and {version} is older: the database is that of {running}",
            way_back(host, version, backups),
        )


def is_older(version: str, running: str) -> bool:
    """Whether a version comes before another; of words without numbers nobody knows. Pure."""
    one, other = _order(version), _order(running)
    return one is not None and other is not None and one < other


def way_back(host: Host, version: str, backups: Path) -> str:
    """What goes back to a version: the command with its newest backup, when there is one."""
    there = [one for one in catalog.good(backups, host.environment) if one.image.version == version]
    if not there:
        return (
            f"there is no backup of {version} in {backups} to roll back to: deploy a newer version "
            "(`pipeline backups` lists what there is)"
        )
    name = host.environment.name
    return (
        f"go back to its database and files as well, on the VM in {host.environment.directory}: "
        f"pipeline rollback --environment {name} --manifest {backups / there[-1].file_name}"
    )


def _order(version: str) -> tuple[list[int], bool] | None:
    """Numbers without zeros at their end; 2.0-rc.1 comes before 2.0."""
    match = _NUMBERS.match(version)
    if match is None:
        return None
    numbers = [int(part) for part in match[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers, not match[2]
