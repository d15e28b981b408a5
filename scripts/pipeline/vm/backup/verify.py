"""Is a backup whole? And does it restore? Asked without touching what runs."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import Refused, ToolError
from pipeline.vm import docker, sql
from pipeline.vm.backup import create, dump, filestore, images
from pipeline.vm.backup.manifest import Manifest
from pipeline.vm.host import Host, decode


def problems(folder: Path, backup: Manifest) -> list[str]:
    """What is wrong with a backup: every byte of it is read."""
    found = _dump_problems(folder / backup.dump["name"], backup)
    store = backup.filestore
    found += filestore.problems(folder / store["name"], store["files"], store["names"])
    if backup.image.stored:
        found += [f"{name} is broken" for name in images.broken(folder, backup.image.id)]
    return found


def check(folder: Path, backup: Manifest) -> None:
    """Raises Refused when a backup is not whole."""
    if bad := problems(folder, backup):
        raise Refused(
            f"the backup {backup.stamp} is broken: {'; '.join(bad[:3])}",
            "take another one: `pipeline verify-backups` tells which are whole",
        )


def _dump_problems(path: Path, backup: Manifest) -> list[str]:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except OSError as error:
        return [f"{path.name}: {error.strerror}"]
    if digest.hexdigest() != backup.dump["sha256"]:
        return [f"{path.name} was changed since it was written"]
    return []


def drill(host: Host, folder: Path, backup: Manifest, name: str) -> list[str]:
    """Restore a backup into a PostgreSQL that is thrown away, and compare it with its manifest.

    The server has no network: nothing that is in the backup can act from there.
    """
    with throwaway(host, name) as server:
        psql = ("psql", "--no-psqlrc", "--username", host.environment.database_user)
        roles = "".join(
            f"CREATE ROLE {sql.name(role)};\n"
            for role in backup.roles
            if role != host.environment.database_user
        )
        first = roles + sql.create(backup.database, host.environment.database_user)
        host.run(docker.execute(server, (*psql, "--dbname", "postgres")), stdin=first)
        path = folder / backup.dump["name"]
        dump.load(host, path, backup.database, server, create.seconds(host), as_is=True)

        def rows(query: str) -> list[dict[str, Any]]:
            options = ("--quiet", "--no-align", "--tuples-only", "--dbname", backup.database)
            argv = docker.execute(server, (*psql, *options))
            return decode(host.run(argv, stdin=sql.rows(query)).stdout)

        found = _differences(backup.rows, create.row_counts(rows))
        names = {str(row["name"]) for row in rows(filestore.NAMES)}
    lost = names - set(filestore.stored(folder / backup.filestore["name"]))
    lost -= set(backup.filestore["missing"])
    return found + [f"the attachment {name} is not in the backup" for name in sorted(lost)]


def _differences(said: dict[str, int], there: dict[str, int]) -> list[str]:
    return [
        f"{table} has {there.get(table, 'no')} rows, not {said.get(table, 0)}"
        for table in sorted({*said, *there})
        if said.get(table) != there.get(table)
    ]


@contextmanager
def throwaway(host: Host, name: str) -> Iterator[str]:
    """A PostgreSQL of the running one's image, without network and without a past."""
    image = host.inspect(host.environment.database_container)
    if not image:
        raise ToolError(
            f"the container {host.environment.database_container} is not there",
            "start the database: docker compose up -d postgres",
        )
    host.run(docker.docker("rm", "--force", "--volumes", name), ok=(0, 1))
    user = f"POSTGRES_USER={host.environment.database_user}"
    variables = ("--env", user, "--env", "POSTGRES_HOST_AUTH_METHOD=trust")
    options = ("--detach", "--rm", "--network", "none", "--name", name)
    speed = ("-c", "fsync=off", "-c", "full_page_writes=off")
    locks = ("-c", "max_locks_per_transaction=512")
    start = docker.docker("run", *options, *variables, image[0]["Image"], "postgres")
    try:
        host.run((*start, *speed, *locks))
        _wait(host, name)
        yield name
    finally:
        host.run(docker.docker("rm", "--force", "--volumes", name), ok=(0, 1))


def _wait(host: Host, server: str) -> None:
    """Wait for the server itself: the one that only prepares the cluster does not use TCP."""
    deadline = time.monotonic() + host.environment.boot_seconds
    ready = docker.execute(server, ("pg_isready", "--quiet", "--host", "127.0.0.1"))
    while host.run(ready, ok=(0, 1, 2, 3)).code:
        if time.monotonic() > deadline:
            raise ToolError(
                f"the PostgreSQL for the check did not start:\n{host.last_words(server)}",
                "check memory and disk of the VM",
            )
        time.sleep(0.2)
