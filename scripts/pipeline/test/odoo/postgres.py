"""PostgreSQL for throwaway databases: an existing server, or one of our own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import ToolError
from pipeline.core.process import run
from pipeline.test.odoo.installation import as_user, own

ROLE = "odoo"
#: Where Debian's and PostgreSQL's own packages put each version.
_VERSIONS = Path("/usr/lib/postgresql")
#: Nothing here survives the run, so nothing waits for a disk.
_CONFIGURATION = """\
listen_addresses = ''
unix_socket_directories = '{socket}'
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
checkpoint_timeout = 1h
autovacuum = off
jit = off
dynamic_shared_memory_type = mmap
max_connections = 60
shared_buffers = 256MB
log_line_prefix = ''
"""


@dataclass(frozen=True)
class Server:
    """A running server in which the role odoo may do everything.

    Attributes:
        host: its host name, or the directory of its socket.
    """

    host: str

    def sql(self, statement: str, database: str = "postgres") -> list[list[str]]:
        """Run a statement and return its rows as text. Raises ToolError if it fails."""
        argv = (str(_binary("psql")), f"--host={self.host}", f"--username={ROLE}")
        options = ("-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", statement)
        printed = run((*argv, f"--dbname={database}", *options)).stdout
        return [line.split("\t") for line in printed.splitlines()]

    def version(self) -> int:
        """Its major version."""
        [[number]] = self.sql("SHOW server_version_num")
        return int(number) // 10000

    def has(self, database: str) -> bool:
        """Whether there is a database of that name."""
        return bool(self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{database}'"))

    def drop(self, database: str) -> None:
        """Drop a database, if it exists, even if somebody is connected to it."""
        # A run that was killed may have left sessions in a server that outlives it.
        force = " WITH (FORCE)" if self.version() >= 13 else ""
        self.sql(f'DROP DATABASE IF EXISTS "{database}"{force}')

    def copy(self, template: str, database: str) -> None:
        """Make ``database`` a copy of ``template``; an existing one is dropped first."""
        self.drop(database)
        # Since 15 there is a choice: copying files is faster when nothing is synced.
        strategy = " STRATEGY file_copy" if self.version() >= 15 else ""
        self.sql(f'CREATE DATABASE "{database}" TEMPLATE "{template}"{strategy}')


@dataclass(frozen=True)
class Cluster:
    """A server of our own, on this machine, if there is no other.

    Attributes:
        directory: holds the data, the socket and the server's log.
    """

    directory: Path

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.directory / "pgdata"

    @property
    def socket(self) -> Path:
        """The directory of the socket."""
        return self.directory / "socket"

    def create(self) -> None:
        """Make an empty cluster; it replaces an existing one, unless that is running.

        Raises:
            ToolError: PostgreSQL is missing, fails, or already runs there.
        """
        if (self.data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        self.socket.mkdir(exist_ok=True)
        own(self.socket)
        self._run("initdb", f"--username={ROLE}", *_INITDB)
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(_CONFIGURATION.format(socket=self.socket))

    @contextmanager
    def running(self) -> Iterator[Server]:
        """The server runs inside the `with` block.

        Raises:
            ToolError: it does not start; the message contains the end of its log.
        """
        log = self.directory / "postgres.log"
        log.touch()
        own(log)
        try:
            self._run("pg_ctl", "start", "--wait", "--silent", f"--log={log}")
        except ToolError as error:
            text = log.read_text(encoding="utf-8", errors="replace")
            raise ToolError(f"{error.message}\n{text[-2000:]}", error.fix) from error
        try:
            yield Server(str(self.socket))
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop the server and all its sessions."""
        # No checkpoint, no clean-up: what was not prepared is dropped at the next start anyway.
        self._run("pg_ctl", "stop", "--silent", "--mode=fast", ok=(0, 1))

    def _run(self, program: str, *options: str, ok: tuple[int, ...] = (0,)) -> None:
        version = self.data / "PG_VERSION"
        wanted = version.read_text(encoding="utf-8").strip() if version.is_file() else "*"
        argv = (str(_binary(program, wanted)), f"--pgdata={self.data}", *options)
        run(as_user(argv), cwd=self.directory, timeout=120, ok=ok)


@contextmanager
def running(directory: Path, host: str | None) -> Iterator[Server]:
    """The server at a host, or the cluster in a directory, which runs inside the `with` block."""
    if host is not None:
        yield Server(host)
        return
    with Cluster(directory).running() as server:
        yield server


def _binary(program: str, version: str = "*") -> Path:
    """The path of a program, of this version or of the newest that is installed."""
    found = sorted(_VERSIONS.glob(f"{version}/bin/{program}"), key=_number)
    if found:
        return found[-1]
    elsewhere = shutil.which(program)
    if elsewhere is None:
        raise ToolError(
            f"the program `{program}` of PostgreSQL is not installed",
            "install the package postgresql, or run the step through Dagger",
        )
    return Path(elsewhere)


_INITDB = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")


def _number(path: Path) -> int:
    match = re.search(r"/(\d+)/bin/", str(path))
    return int(match[1]) if match else 0
