"""SQL through psql, on the server that PGHOST, PGUSER and PGPASSWORD name: outside a transaction,
as commands about whole databases have to be."""

from __future__ import annotations

from typing import Any

from pipeline.core.process import DATABASE, run
from pipeline.environment.host import sql
from pipeline.environment.host.host import decode

_OPTIONS = ("--quiet", "--no-psqlrc", "--variable=ON_ERROR_STOP=1")


def execute_sql(database: str, statements: str) -> None:
    """Run statements in a database, by name or DSN. Raises ToolError: one of them failed."""
    options = (*_OPTIONS, f"--dbname={database}", "--output=/dev/null")
    run(("psql", *options), stdin=statements, surroundings=DATABASE)


def ask_sql(database: str, query: str) -> list[dict[str, Any]]:
    """The rows of a query in a database. Raises ToolError: it failed."""
    options = (*_OPTIONS, "--tuples-only", "--no-align", f"--dbname={database}")
    return decode(run(("psql", *options), stdin=sql.rows(query), surroundings=DATABASE).stdout)
