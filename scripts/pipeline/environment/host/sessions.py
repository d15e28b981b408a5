"""End a database's sessions for as long as a statement needs it to have none.

CREATE DATABASE … TEMPLATE and ALTER DATABASE … RENAME lock the database: new connections wait in
the server until they are done. Existing sessions make them fail after five seconds, so sessions
are ended repeatedly in the meantime, including new ones between two attempts. Connecting is never
forbidden, so it never has to be allowed again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipeline.core import limits
from pipeline.core.errors import ToolError
from pipeline.environment.host import docker, sql
from pipeline.environment.host.host import MAINTENANCE, Host

_PAUSE_SECONDS = 0.05
#: PostgreSQL's error when a session was still there after its five seconds.
IN_USE = "is being accessed by other users"


def without(host: Host, database: str, statements: str, size: int = 0) -> None:
    """Run statements that require a database without sessions.

    Args:
        host: the VM.
        database: the database whose sessions are ended.
        statements: to run in the cluster's maintenance database.
        size: bytes that they read or write.

    Raises:
        ToolError: they failed, or a session could not be ended in time.
    """
    deadline = time.monotonic() + host.environment.command_seconds
    while True:
        with _ended(host, database, size):
            try:
                host.sql(statements, size=size)
                return
            except ToolError as error:
                if IN_USE not in error.message or time.monotonic() > deadline:
                    raise


@contextmanager
def _ended(host: Host, database: str, size: int) -> Iterator[None]:
    """Keep ending the database's sessions while the block runs.

    A server that no longer answers blocks nobody: the statements in the block give up first.
    """
    seconds = host.environment.seconds_for(size) + limits.CLIENT
    argv = docker.psql(host.environment, MAINTENANCE, host.tag, seconds)
    with host.talk(argv, timeout=seconds + limits.CLIENT) as program:
        assert program.stdin
        pipe = program.stdin
        statement = f"\\o /dev/null\n{sql.end_sessions(database)}".encode()

        def end() -> bool:
            try:
                pipe.write(statement)
                pipe.flush()
            except OSError:
                return False  # it ended: its exit code tells why
            return True

        with repeated(end, _PAUSE_SECONDS):
            yield


@contextmanager
def repeated(action: Callable[[], bool], pause: float) -> Iterator[None]:
    """Repeat an action in a second thread while the block runs.

    Args:
        action: it must not raise; returns whether to continue.
        pause: seconds before each time.
    """
    enough = threading.Event()

    def repeat() -> None:
        while not enough.wait(pause) and action():
            pass

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()
