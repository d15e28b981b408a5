"""A database of PROD, streamed over SSH into a throwaway PostgreSQL: no file lies in between."""

from __future__ import annotations

import contextlib
from pathlib import Path

from pipeline.environments import Environment
from pipeline.errors import InputError, ToolError
from pipeline.process import DATABASE, Program, run, safe, stream
from pipeline.remote.ssh import Connection, connect
from pipeline.remote.target import Target
from pipeline.vm import docker, outbox_sql, sql
from pipeline.vm.backup import extensions
from pipeline.vm.host import decode

#: The guide's words. Nothing is contacted before they are right.
PHRASE = "Refresh UAT database from PROD"


def check_phrase(confirm: str) -> None:
    """Raise InputError unless the phrase is right."""
    if confirm != PHRASE:
        raise InputError(
            "this reads PROD's data, and the confirmation is not right; nothing was contacted",
            f"give --confirm {PHRASE!r}",
        )


def dump(environment: Environment) -> tuple[str, ...]:
    """The command on the VM that writes a dump to its output. It can only read."""
    read_only = "PGOPTIONS=-c default_transaction_read_only=on"
    inside = ("docker", "exec", "--env", read_only, environment.database_container)
    options = ("--format=custom", "--compress=1", "--no-owner", "--no-privileges")
    feeds = ("--no-subscriptions", "--no-publications")  # they are PROD's, with passwords
    held = f"--exclude-schema={outbox_sql.SCHEMA}"  # it can have rows of PROD
    user = f"--username={environment.database_user}"
    return (*inside, "pg_dump", user, *options, *feeds, held, "--", environment.database)


def restore(database: str) -> tuple[str, ...]:
    """The command that loads a dump from its input, whole or not at all."""
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    return ("pg_restore", f"--dbname={database}", *options)


def fetch(target: Target, environment: Environment, database: str) -> int:
    """Stream the database of a VM into one of the server that PGHOST names.

    Args:
        target: the VM.
        environment: names there.
        database: an empty database of the throwaway server, by name or DSN.

    Returns:
        The size of the dump in bytes.

    Raises:
        SshError: the VM cannot be reached, or is not the one that is pinned.
        ToolError: the dump or its restore failed, or the connection broke.
    """
    size = 0
    with connect(target) as connection:
        _run(database, _extensions(connection, environment))
        with stream(restore(database), cwd=Path("/"), surroundings=DATABASE) as program:
            size = _pass_on(connection, target, environment, program)
    _run(database, extensions.AFTER)
    return size


def _pass_on(
    connection: Connection, target: Target, environment: Environment, program: Program
) -> int:
    size = 0

    def listen(data: bytes) -> None:
        nonlocal size
        size += len(data)
        _feed(program, data)

    answer = connection.run(dump(environment), timeout=environment.command_seconds, listen=listen)
    if answer.code:
        raise ToolError(
            f"the dump on {target.name} ended with exit code {answer.code} after {size} bytes:\n"
            f"{safe(answer.err)}",
            f"run it there: {' '.join(dump(environment)[:5])} pg_dump …; PROD was only read",
        )
    return size


def _extensions(connection: Connection, environment: Environment) -> str:
    """Statements for extensions whose functions Odoo made immutable, which no dump says."""
    answer = connection.run(
        docker.psql(environment, environment.database), sql.rows(extensions.QUERY).encode()
    )
    if answer.code:
        raise ToolError(
            f"PROD's database cannot be read:\n{safe(answer.err)}",
            "check the names in [environments.prod] of pipeline.toml, and that it runs",
        )
    return extensions.before(row for row in decode(answer.out.decode()) if row["immutable"])


def _run(database: str, statements: str) -> None:
    options = ("--quiet", "--no-psqlrc", "--variable=ON_ERROR_STOP=1", f"--dbname={database}")
    run(("psql", *options, "--output=/dev/null"), stdin=statements, surroundings=DATABASE)


def _feed(program: Program, data: bytes) -> None:
    assert program.stdin is not None
    try:
        program.stdin.write(data)
        program.stdin.flush()
    except BrokenPipeError as error:
        with contextlib.suppress(BrokenPipeError):
            program.stdin.close()  # with what could not be written
        raise ToolError(
            "pg_restore ended before the dump did",
            "the throwaway server must be empty, and not older than PROD's ([odoo] postgres)",
        ) from error
