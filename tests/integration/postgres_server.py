"""PostgreSQL servers that tests start."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


def _programs() -> Path | None:
    """The folder of PostgreSQL's programs; of the newest, where there are several."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: int(path.parts[-3]), default=shutil.which("initdb"))
    return Path(newest).parent if newest else None


#: None where there is no PostgreSQL: conftest.py of what needs one leaves its tests out.
PROGRAMS = _programs()


@dataclass
class PostgresServer:
    """A PostgreSQL that was started for the tests.

    Attributes:
        folder: of its socket and its data.
        control: runs one of its programs.
        begin: what starts it.
    """

    folder: Path
    control: Callable[..., None]
    begin: tuple[str, ...]

    def start(self) -> None:
        """Start it again."""
        self.control(*self.begin)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.control("pg_ctl", "-m", "immediate", "-w", "stop")

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement and give what it prints."""
        argv = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "odoo", "-d", database]
        environment = {**os.environ, "PGHOST": str(self.folder)}
        done = subprocess.run(
            argv, input=statement, env=environment, text=True, capture_output=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextmanager
def start_server(more: str = "") -> Iterator[PostgresServer]:
    """Start a PostgreSQL, as another user when this is root, and stop it in the end.

    Args:
        more: options of the server, such as ``-c max_connections=20``.
    """
    # Not in pytest's own folder: that one is closed to other users again and again.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as name:
        folder = Path(name)
        user: list[str] = []
        if os.geteuid() == 0:
            entry = next(e for e in pwd.getpwall() if e.pw_name in ("postgres", "nobody"))
            identity = [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}"]
            user = ["setpriv", *identity, "--clear-groups"]
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        folder.chmod(0o755)

        def run(program: str, *options: str) -> None:
            argv = [*user, f"{PROGRAMS}/{program}", "-D", f"{folder}/data"]
            done = subprocess.run([*argv, *options], capture_output=True, timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr

        run("initdb", "-U", "odoo", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        settings = f"-k {folder} -c listen_addresses= -c fsync=off"
        settings += " -c max_locks_per_transaction=512 -c max_prepared_transactions=2"
        settings += f" {more}"
        start = ("pg_ctl", "-o", settings, "-l", f"{folder}/log", "-w", "start")
        run(*start)
        try:
            yield PostgresServer(folder, run, start)
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")
