"""An older version than the one that runs: the way to it is its backup, not a deployment."""

from __future__ import annotations

from pathlib import Path

from pipeline.core import versions
from pipeline.core.errors import Refused
from pipeline.environment.backup import catalog
from pipeline.environment.host.host import Host


def check(host: Host, running: str, version: str, backups: Path) -> None:
    """Refuse on PROD what is older than what was deployed last.

    Args:
        host: the VM.
        running: the version that was deployed last; empty: none.
        version: the version to deploy.
        backups: where the environment's backups are.

    Raises:
        Refused: it is older; with the command that rolls back.
    """
    if host.environment.production and versions.older(version, running):
        raise Refused(
            f"PROD has {running}, and {version} is older: the database is that of {running}",
            way_back(host, version, backups),
        )


def way_back(host: Host, version: str, backups: Path) -> str:
    """The rollback to a version: the command with its newest backup, when there is one."""
    there = [one for one in catalog.good(backups, host.environment) if one.image.version == version]
    if not there:
        return (
            f"there is no backup of {version} in {backups} to roll back to: deploy a newer version "
            "(`pipeline environment backup list` lists what there is)"
        )
    name = host.environment.name
    return (
        f"go back to its database and files as well, on the VM in {host.environment.directory}:"
        f" pipeline environment rollback --environment {name} --manifest"
        f" {backups / there[-1].file_name}"
    )
