"""A throwaway PostgreSQL and Odoo, on an isolated network.

Nothing in a backup can take effect from there: no mail leaves, no scheduled action runs, and the
live PostgreSQL never sees the database.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core import files
from pipeline.core.errors import ToolError
from pipeline.environment.host import docker, sql
from pipeline.environment.host.host import MAINTENANCE, Host, decode
from pipeline.environment.machine import preflight

#: Odoo's own files, and the backup's. Only the first folder is writable.
_HOME, _STORE = "/drill", "/backup"
#: Settings that decide whether a restore succeeds; the last three say how many locks there can be.
_AS_LIVE = (
    "shared_preload_libraries",
    "max_locks_per_transaction",
    "max_connections",
    "max_prepared_transactions",
)


@dataclass(frozen=True)
class Throwaway:
    """Both containers and their network; none needs to exist yet.

    Attributes:
        host: the VM.
        tag: beginning of all their names.
        folder: of the run, for the files with the password.
    """

    host: Host
    tag: str
    folder: Path

    @property
    def server(self) -> str:
        """The container of PostgreSQL."""
        return f"{self.tag}-drill"

    @property
    def odoo(self) -> str:
        """The container of Odoo."""
        return f"{self.server}-odoo"

    @property
    def network(self) -> str:
        """The network of both."""
        return f"{self.server}-network"

    def start_server(self) -> None:
        """Start an empty PostgreSQL with the live one's image and settings."""
        host, name = self.host, self.host.environment.database_container
        running = host.daemon.container(name)
        if running is None:
            raise ToolError(
                f"the container {name} is not there",
                "start the database: docker compose up -d postgres",
            )
        self.remove()
        host.daemon.create_network(self.network)
        # Including its number of locks: the live server has to restore it one day.
        asked = ", ".join(f"current_setting({sql.text(one)}) AS {one}" for one in _AS_LIVE)
        [live] = host.rows(f"SELECT {asked}", MAINTENANCE)
        password = secrets.token_hex(16)
        user = host.environment.database_user
        self._variables("server", {"POSTGRES_USER": user, "POSTGRES_PASSWORD": password})
        here = {"HOST": self.server, "USER": user, "PASSWORD": password, "HOME": _HOME}
        same = {"PGHOST": self.server, "PGUSER": user, "PGPASSWORD": password}
        self._variables("odoo", {**here, **same, "PGDATABASE": host.environment.database})
        settings = {"fsync": "off", "full_page_writes": "off", **live}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        start = ("run", "--detach", "--pull", "never", "--network", self.network)
        named = ("--name", self.server, "--env-file", str(self._file("server")))
        host.run(docker.docker(*start, *named, running.image, "postgres", *options))
        self._wait()

    def _wait(self) -> None:
        """Wait for the real server: the one that only initializes the cluster does not use TCP."""
        deadline = time.monotonic() + self.host.environment.boot_seconds
        ready = docker.execute(self.server, ("pg_isready", "--quiet", "--host", "127.0.0.1"))
        while self.host.run(ready, ok=(0, 1, 2, 3)).code:
            if time.monotonic() > deadline:
                raise ToolError(
                    "the PostgreSQL for the check did not start:\n"
                    f"{self.host.last_words(self.server)}",
                    "check memory and disk of the VM",
                )
            time.sleep(0.2)

    def create(self, database: str, roles: Iterable[str]) -> None:
        """Create an empty database, and the roles that a dump names."""
        owner = self.host.environment.database_user
        made = "".join(f"CREATE ROLE {sql.name(one)};\n" for one in sorted({*roles} - {owner}))
        self._psql(MAINTENANCE, made + sql.create(database, owner))

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query in the restored database."""
        return decode(self._psql(self.host.environment.database, sql.rows(query)))

    def execute(self, statements: str) -> None:
        """Run statements in the restored database."""
        self._psql(self.host.environment.database, statements)

    def _psql(self, database: str, statements: str) -> str:
        options = ("--no-psqlrc", "--quiet", "--no-align", "--tuples-only")
        strict = ("--variable", "ON_ERROR_STOP=1", "--dbname", database)
        user = ("--username", self.host.environment.database_user)
        argv = docker.execute(self.server, ("psql", *user, *options, *strict))
        limit = preflight.data_seconds(self.host)
        return self.host.run(argv, stdin=statements, timeout=limit).stdout

    def odoo_command(self, image: str, store: Path, *options: str) -> docker.Argv:
        """The command that starts the image next to the server, on a backup's files.

        It runs as the owner of the backup's files, because only the owner can read them.

        Args:
            image: a reference.
            store: the backup's filestore.
            options: of ``docker run``; those after the command are Odoo's.
        """
        self._make_home(store)
        mounts = [(str(store.absolute()), _STORE), *self._settings()]
        return docker.docker(
            *("run", "--pull", "never", "--network", self.network, *options),
            *("--user", f"{os.getuid()}:{os.getgid()}", "--env-file", str(self._file("odoo"))),
            *("--mount", f"type=bind,source={self._home},target={_HOME}"),
            *(
                part
                for source, target in mounts
                for part in ("--mount", f"type=bind,source={source},target={target},readonly")
            ),
            image,
        )

    @property
    def _home(self) -> Path:
        return (self.folder / "drill").absolute()

    def _make_home(self, store: Path) -> None:
        """A filestore of links to the backup's folders: what Odoo writes next to them is here."""
        place = self._home / "filestore" / self.host.environment.database
        if not place.exists():
            for folder in (self._home, self._home / "filestore", place):
                files.folder(folder)
            for part in store.iterdir():
                (place / part.name).symlink_to(f"{_STORE}/{part.name}")

    def odoo_options(self) -> tuple[str, ...]:
        """Odoo's options there: where its files are, and to do nothing on its own."""
        return ("--database", self.host.environment.database, f"--data-dir={_HOME}", "--workers=0")

    def _settings(self) -> list[tuple[str, str]]:
        """Files that the compose files mount into Odoo, such as odoo.conf."""
        host = self.host
        said = json.loads(host.run(docker.compose("config", "--format", "json")).stdout)
        volumes = said["services"][host.environment.web_service].get("volumes", ())
        binds = (one for one in volumes if one["type"] == "bind")
        return [
            (one["source"], one["target"])
            for one in binds
            if not one["target"].startswith(docker.DATA)
        ]

    def remove(self) -> None:
        """Remove both containers, the network and their files."""
        host = self.host
        host.daemon.remove(self.odoo, self.server)
        host.daemon.remove_network(self.network)
        for which in ("server", "odoo"):
            self._file(which).unlink(missing_ok=True)
        shutil.rmtree(self._home, ignore_errors=True)

    def _file(self, which: str) -> Path:
        return self.folder / f"{which}.env"

    def _variables(self, which: str, values: Mapping[str, str]) -> None:
        files.write(self._file(which), "".join(f"{key}={one}\n" for key, one in values.items()))
