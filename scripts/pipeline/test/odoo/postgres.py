"""A private PostgreSQL for throwaway databases: fast, not durable."""

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
#: Nothing here survives the container, so nothing waits for a disk.
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
class Cluster:
    """A cluster in a directory.

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
        """The directory of the socket: the `host` to connect to."""
        return self.directory / "socket"

    def create(self) -> None:
        """Make an empty cluster in the place of any other that is not running.

        Raises:
            ToolError: PostgreSQL is missing, fails, or runs there already.
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
    def running(self) -> Iterator[None]:
        """The server runs inside the `with` block.

        Raises:
            ToolError: it does not start; the message has the end of its log.
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
            yield
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop the server and all its sessions."""
        # No checkpoint, no clean-up: what was not prepared is dropped at the next start anyway.
        self._run("pg_ctl", "stop", "--silent", "--mode=fast", ok=(0, 1))

    def sql(self, statement: str, database: str = "postgres") -> list[list[str]]:
        """Run a statement; gives its rows as text. Raises ToolError when it fails."""
        argv = ("psql", f"--host={self.socket}", f"--username={ROLE}", f"--dbname={database}")
        options = ("-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", statement)
        printed = run((str(self._binary(argv[0])), *argv[1:], *options)).stdout
        return [line.split("\t") for line in printed.splitlines()]

    def copy(self, template: str, database: str) -> None:
        """Make ``database`` a copy of ``template``; one of that name is dropped."""
        self.sql(f'DROP DATABASE IF EXISTS "{database}"')
        version = int((self.data / "PG_VERSION").read_text(encoding="utf-8"))
        # From 15 on there is a choice: copying files is the faster one when nothing is synced.
        strategy = " STRATEGY file_copy" if version >= 15 else ""
        self.sql(f'CREATE DATABASE "{database}" TEMPLATE "{template}"{strategy}')

    def _run(self, program: str, *options: str, ok: tuple[int, ...] = (0,)) -> None:
        argv = (str(self._binary(program)), f"--pgdata={self.data}", *options)
        run(as_user(argv), cwd=self.directory, timeout=120, ok=ok)

    def _binary(self, program: str) -> Path:
        """The program, of the cluster's version or of the newest that is installed."""
        version = self.data / "PG_VERSION"
        wanted = version.read_text(encoding="utf-8").strip() if version.is_file() else "*"
        found = sorted(_VERSIONS.glob(f"{wanted}/bin/{program}"), key=_number)
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
