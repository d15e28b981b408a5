"""The VM as a run sees it: its Docker, its database, its folders. Nothing here decides anything."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core import files, limits
from pipeline.core.errors import TimeLimitError, ToolError
from pipeline.core.process import DOCKER, Completed, Program, run, safe, stream
from pipeline.core.settings.environments import Environment
from pipeline.environment.host import docker, dotenv, sql

if TYPE_CHECKING:
    from pipeline.environment.host.daemon.api import Daemon

#: The database that every cluster has; others are created and renamed from it.
MAINTENANCE = "postgres"
_TIMED_OUT = "canceling statement due to statement timeout"
#: The exit code of `timeout` after its limit.
_LATE = (124, 137)
#: The end of the log of the last container that did not work. It may quote rows: never sent away.
_CONTAINER_LOG, _LOG_LINES = "container.log", 2000


@dataclass(frozen=True)
class Host:
    """One environment on this machine.

    Attributes:
        environment: names and folders.
        tag: name of the run's database sessions, so that they can be ended.
        tested_postgres: major version of PostgreSQL that the add-ons are tested with; 0: unknown.
    """

    environment: Environment
    tag: str = ""
    tested_postgres: int = 0

    @property
    def runs(self) -> Path:
        """The folder with journals, lock and state."""
        return self.environment.directory / ".deployments"

    @property
    def dotenv(self) -> dict[str, str]:
        """The variables of `.env`. Raises InputError when it cannot be read."""
        return dotenv.read(self.environment.dotenv)

    @cached_property
    def daemon(self) -> Daemon:
        """Docker's API. Its package is loaded on first use: other commands start without it."""
        from pipeline.environment.host.daemon.api import Daemon

        return Daemon(self.environment.command_seconds)

    def run(
        self,
        argv: Sequence[str],
        *,
        image: str = "",
        stdin: str | None = None,
        timeout: float | None = None,
        ok: Sequence[int] = (0,),
    ) -> Completed:
        """Run docker in the environment's directory.

        Args:
            argv: the command.
            image: ODOO_IMAGE for the compose files; empty: that of `.env`.
            stdin: its input.
            timeout: limit in seconds; None: the setting for commands that transfer no data.
            ok: exit codes that are not errors.
        """
        return run(
            argv,
            cwd=self.environment.directory,
            env=self.variables(image),
            surroundings=DOCKER,
            stdin=stdin,
            timeout=self.environment.command_seconds if timeout is None else timeout,
            ok=ok,
        )

    @contextmanager
    def talk(
        self, argv: Sequence[str], *, image: str = "", timeout: float | None = None
    ) -> Iterator[Program]:
        """Run a program and exchange data with it (see process.stream)."""
        with stream(
            argv,
            cwd=self.environment.directory,
            env=self.variables(image),
            surroundings=DOCKER,
            timeout=timeout,
        ) as program:
            yield program

    def variables(self, image: str) -> dict[str, str]:
        """The variables for Compose's files: the image, which may be missing in `.env`."""
        return {"ODOO_IMAGE": image or self.dotenv.get("ODOO_IMAGE") or "none"}

    def sql(self, statements: str, database: str = MAINTENANCE, size: int = 0) -> None:
        """Run statements, outside a transaction.

        Args:
            statements: the text.
            database: the database.
            size: bytes that they read or write; determines their time limit.

        Raises:
            ToolError: one failed.
            TimeLimitError: they took too long; they were ended on the server, too.
        """
        self._psql(statements, database, self.environment.seconds_for(size))

    def rows(self, query: str, database: str = "", size: int = 0) -> list[dict[str, Any]]:
        """The rows of a query. ``database``: default Odoo's. Otherwise as :meth:`sql`."""
        seconds = self.environment.seconds_for(size)
        printed = self._psql(sql.rows(query), database or self.environment.database, seconds)
        return decode(printed)

    def _psql(self, text: str, database: str, seconds: float) -> str:
        argv = docker.psql(self.environment, database, self.tag, seconds)
        ended = self.run(argv, stdin=text, timeout=seconds + limits.CLIENT, ok=range(256))
        if ended.code in _LATE or _TIMED_OUT in ended.stderr:
            raise TimeLimitError(
                f"PostgreSQL did not finish within {seconds:.0f} s:\n{safe(ended.stderr)}",
                "find out what it waits for (pg_stat_activity), or raise command_seconds, or lower "
                "slowest_mib_per_second, in pipeline.toml",
            )
        if ended.code:
            raise ToolError(
                f"psql in {database} ended with exit code {ended.code}:\n"
                f"{safe(ended.stderr or ended.stdout)}",
                "read the lines above; its log has more: docker compose logs postgres",
            )
        return ended.stdout

    def has_database(self, database: str) -> bool:
        """Whether a database of that name exists."""
        return bool(self.rows(sql.exists(database), MAINTENANCE))

    def database_size(self, database: str = "") -> int:
        """Size of a database in bytes (default: Odoo's); 0 when there is none."""
        found = self.rows(sql.size(database or self.environment.database), MAINTENANCE)
        return sum(int(row["size"]) for row in found)

    def drop(self, database: str) -> None:
        """Drop a database if it exists, and its sessions. A larger one gets a longer time limit."""
        self.sql(sql.drop(database), size=self.database_size(database))

    def containers(self, service: str, everything: bool = False) -> list[str]:
        """Ids of a service's containers."""
        return self.run(docker.containers(service, everything)).stdout.split()

    def address(self, container: str) -> str:
        """A container's IP address, as seen from this machine. Raises ToolError: it has none."""
        found = self.daemon.container(container)
        if found is None or not found.address:
            raise ToolError(
                f"container {container[:12]} has no address: it does not run",
                f"look at it: docker logs {container[:12]}",
            )
        return found.address

    def last_words(self, container: str) -> str:
        """What may be repeated of a container's last log lines; all of them stay on this VM."""
        kept, log = self.runs / _CONTAINER_LOG, self.daemon.log(container, _LOG_LINES)
        files.folder(self.runs)
        files.write(kept, log)
        return f"{safe(log)}\n    all of it: {kept}"


def decode(printed: str) -> list[dict[str, Any]]:
    """The rows that psql printed for :func:`sql.rows`."""
    return [json.loads(line) for line in printed.split("\n") if line]
