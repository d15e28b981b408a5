"""A snapshot of the database, kept open: dump, file list and counts all see the same rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pipeline.core import limits
from pipeline.core.process import Program
from pipeline.environment.host import docker, psql, sql
from pipeline.environment.host.host import Host

#: The lock precedes the snapshot, and keeps Odoo from removing the files of attachments that are
#: deleted in the meantime. It blocks nobody's work.
_BEGIN = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
    "LOCK TABLE ir_attachment IN ROW EXCLUSIVE MODE;\n"
    "SET LOCAL row_security = off;\n"  # an error, and not fewer rows
)


@dataclass(frozen=True)
class Snapshot:
    """An open transaction.

    Attributes:
        name: the snapshot's name, for pg_dump.
    """

    program: Program
    name: str

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query, as of the snapshot. Raises ToolError when it fails."""
        return [json.loads(line) for line in _ask(self.program, sql.rows(query))]

    def copied(self, query: str) -> Iterator[bytes]:
        """The output of COPY for a query, line by line."""
        yield from psql.lines(self.program, f"COPY ({query}) TO STDOUT;\n")


@contextmanager
def taken(host: Host, tag: str, timeout: float) -> Iterator[Snapshot]:
    """A snapshot of Odoo's database, for the block.

    Args:
        host: the VM.
        tag: name of the session on the server.
        timeout: limit in seconds for the whole block.
    """
    argv = docker.psql(host.environment, host.environment.database, tag, timeout)
    with host.talk(argv, timeout=timeout + limits.CLIENT) as program:
        [name] = _ask(program, f"{_BEGIN}SELECT pg_export_snapshot();\n")
        yield Snapshot(program, name)
        _ask(program, "ROLLBACK;\n")


def _ask(program: Program, statements: str) -> list[str]:
    return [line.decode("utf-8") for line in psql.lines(program, statements)]
