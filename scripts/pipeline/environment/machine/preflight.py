"""The checks before anything is touched. Each problem comes with its fix."""

from __future__ import annotations

import os
import re
import shutil
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.core import limits, versions
from pipeline.core.errors import InputError, Refused, ToolError
from pipeline.core.settings.environments import Environment
from pipeline.environment.host import docker, sql
from pipeline.environment.host.host import MAINTENANCE, Host
from pipeline.environment.machine import minimum

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
#: Bytes that must stay free on a disk.
MARGIN = 512 << 20


def version_name(version: str) -> None:
    """Raises InputError unless a version is one word of letters, digits, `.`, `_`, `+`, `-`."""
    if not _VERSION.fullmatch(version):
        raise InputError(f"{version!r} is not a valid version", "give --version such as 1.2.0")


def variables(environment: Environment, said: Mapping[str, str]) -> None:
    """Check that `.env` is complete, and is this environment's.

    Raises:
        Refused: the VM is another environment's.
        InputError: variables are missing; the message names all of them.
    """
    mark = said.get(minimum.MARK, "")
    if mark and mark != environment.name:
        raise Refused(
            f"this VM is {mark}, not {environment.name} ({minimum.MARK} in {environment.dotenv})",
            f"check the host; commands for this VM take --environment {mark}",
        )
    if missing := [name for name in minimum.VARIABLES if not said.get(name)]:
        raise InputError(
            f"{environment.dotenv} lacks {', '.join(missing)}",
            "fill them in; .env.example says what they are",
        )
    if said[minimum.DATABASE] != environment.database:
        raise Refused(
            f"Odoo's database is {said[minimum.DATABASE]!r} in {environment.dotenv}, but "
            f"{environment.database!r} in pipeline.toml",
            "make them agree before you deploy",
        )


def programs(host: Host) -> None:
    """Check that Docker and Compose work and are new enough. Raises ToolError."""
    server = host.daemon.version()
    compose = host.run(docker.compose("version", "--short"))
    for name, said, least in (
        ("Docker", server, minimum.DOCKER),
        ("Docker Compose", compose.stdout, minimum.COMPOSE),
    ):
        if versions.release(said) < least:
            raise ToolError(
                f"{name} {said.strip()} is too old",
                f"install {minimum.written(least)} or newer (`prepare` does)",
            )


def services(host: Host) -> None:
    """Check that the compose files have the required services. Raises InputError."""
    environment = host.environment
    there = host.run(docker.compose("config", "--services")).stdout.split()
    needed = (
        environment.database_service,
        environment.web_service,
        environment.cron_service,
        environment.proxy_service,
    )
    if missing := [name for name in needed if name not in there]:
        raise InputError(
            f"the compose files of {environment.directory} lack: {', '.join(missing)}",
            "check COMPOSE_FILE in .env, and the names of services in pipeline.toml",
        )


def named(host: Host, image: str) -> None:
    """Check that `.env` names the image of a running Odoo: otherwise nobody could start it again.

    Raises:
        InputError: it does not.
    """
    here = host.environment
    if not image and any(host.containers(one) for one in (here.web_service, here.cron_service)):
        raise InputError(
            f"Odoo runs, and ODOO_IMAGE in {here.dotenv} does not say with which image: after a "
            "failure nobody could start it again",
            "write it there; `docker compose images` lists what runs",
        )


def port(host: Host) -> None:
    """Check that the proxy's port is used by the proxy, or free. Raises ToolError."""
    if host.containers(host.environment.proxy_service):
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", host.environment.port))
        except OSError as error:
            raise ToolError(
                f"port {host.environment.port} is taken by another program",
                f"end it (ss -ltnp 'sport = :{host.environment.port}'), or set another port in "
                ".env and pipeline.toml",
            ) from error


def postgres_runs(host: Host) -> bool:
    """Whether the database service has a running container."""
    return bool(host.containers(host.environment.database_service))


def database(host: Host, start: bool) -> None:
    """Check that the database answers; with ``start``, start it when it is down.

    Raises:
        ToolError: it does not answer, or its version is too old.
    """
    service = host.environment.database_service
    if not postgres_runs(host):
        if not start:
            raise ToolError("the database is down", f"start it: docker compose up -d {service}")
        host.run(docker.up(service, wait=True), timeout=host.environment.boot_seconds)
    usable(host)


def usable(host: Host) -> None:
    """Check that the running PostgreSQL answers and is new enough. Raises ToolError."""
    answers(host, host.environment.boot_seconds)
    version = postgres_version(host)
    if (version,) < minimum.POSTGRES:
        raise ToolError(
            f"PostgreSQL {version} is too old",
            f"move the data to PostgreSQL {minimum.written(minimum.POSTGRES)} or newer",
        )


def postgres_version(host: Host) -> int:
    """Major version of the database server."""
    query = "SELECT current_setting('server_version_num')::int / 10000 AS major"
    [row] = host.rows(query, MAINTENANCE)
    return int(row["major"])


def other_postgres(host: Host) -> str:
    """In what the server differs from the one that the add-ons are tested with; empty: nothing."""
    tested = host.tested_postgres
    if not tested or (version := postgres_version(host)) == tested:
        return ""
    return (
        f"PostgreSQL is {version} here, but {tested} in the tests: set `postgres = {version}` in "
        "[odoo] of pipeline.toml, or move the data"
    )


def prepared(host: Host) -> None:
    """Check that no prepared transaction locks Odoo's database: it could not be copied or replaced.

    Raises:
        ToolError: there are some; the message names all of them.
    """
    name = sql.text(host.environment.database)
    query = f"SELECT gid FROM pg_prepared_xacts WHERE database = {name} ORDER BY prepared"
    if left := [sql.text(row["gid"]) for row in host.rows(query, MAINTENANCE)]:
        raise ToolError(
            f"prepared transactions hold locks in {host.environment.database}: {', '.join(left)}",
            "end each of them, in that database: COMMIT PREPARED, or ROLLBACK PREPARED",
        )


def answers(host: Host, seconds: float) -> None:
    """Wait for a database that was just started. Raises ToolError when it does not answer."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            host.rows("SELECT 1 AS one", MAINTENANCE)
            return
        except ToolError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def needs(database: int, image_here: bool, data: Path, backups: Path) -> dict[Path, int]:
    """Bytes that a deployment may need, by folder. Pure.

    Args:
        database: bytes of the database, which is dumped and copied, and may grow by as much.
        image_here: whether the image is on the machine already.
        data: where Docker keeps images and volumes.
        backups: where backups go.
    """
    return {
        data: 2 * database + (0 if image_here else limits.IMAGE_BYTES) + MARGIN,
        backups: database // 2 + MARGIN,
    }


def space(needed: Mapping[Path, int]) -> None:
    """Check free space; the needs of folders on the same disk are added up. Raises ToolError."""
    by_disk: dict[int, list[Path]] = {}
    for folder in needed:
        by_disk.setdefault(os.stat(minimum.existing(folder)).st_dev, []).append(folder)
    for folders in by_disk.values():
        wanted = sum(needed[folder] for folder in folders)
        free = shutil.disk_usage(minimum.existing(folders[0])).free
        if free < wanted:
            raise ToolError(
                f"{' and '.join(map(str, folders))}: {free >> 20} MB are free, {wanted >> 20} MB "
                "may be needed",
                "free some: old images (`docker image prune`), old backups "
                "(`pipeline environment backup prune`)",
            )


def data_seconds(host: Host) -> float:
    """Time limit for whatever reads or writes the environment's data, such as a backup.

    Database and files are on Docker's disk, so they are at most as large as its used space.
    """
    used = shutil.disk_usage(minimum.existing(host.daemon.root())).used
    return host.environment.seconds_for(used)


def writable(folders: Sequence[Path]) -> None:
    """Check that this user may write to the folders. Raises InputError."""
    for folder in folders:
        if not os.access(minimum.existing(folder), os.W_OK):
            raise InputError(
                f"{folder} cannot be written to",
                "give it to the user who deploys: sudo chown -R $USER (`prepare` does)",
            )


def small(memory: int, cpus: int) -> str:
    """What the machine has too little of; empty: there is enough. Pure."""
    short = []
    if memory < minimum.MEMORY:
        short.append(f"{memory >> 20} MB of memory")
    if cpus < minimum.CPUS:
        short.append(f"{cpus} CPU")
    return ", ".join(short)
