"""Returning to an older version takes a rollback to its backup, not a deployment."""

from __future__ import annotations

from pathlib import Path

from pipeline.core import versions
from pipeline.core.errors import Refused
from pipeline.environment.backup import catalog
from pipeline.environment.host.host import Host


def check(host: Host, running: str, version: str, backups: Path) -> None:
    """Refuse, on PROD, a version older than the one that was deployed last.

    Args:
        host: the VM.
        running: the version that was deployed last; empty: none.
        version: the version to deploy.
        backups: the folder of the environment's backups.

    Raises:
        Refused: it is older; the fix is the command that rolls back.
    """
    if host.environment.production and versions.older(version, running):
        raise Refused(
            f"PROD has {running}, and {version} is older: the database is that of {running}",
            way_back(host, version, backups),
        )


def way_back(host: Host, version: str, backups: Path) -> str:
    """How to roll back to a version: the command with its newest backup, if there is one."""
    there = [one for one in catalog.good(backups, host.environment) if one.image.version == version]
    if not there:
        return (
            f"there is no backup of {version} in {backups} to roll back to: deploy a newer version "
            "(`pipeline environment backup list` lists what there is)"
        )
    manifest = str(backups / there[-1].file_name)
    command = host.environment.on_vm("rollback", "--manifest", manifest)
    return f"go back to its database and files as well, {command}"
