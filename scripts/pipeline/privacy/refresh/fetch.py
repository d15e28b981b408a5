"""PROD's database, streamed over SSH into a throwaway PostgreSQL, without a file in between."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core import limits
from pipeline.core.errors import CheckFailed, InputError, ToolError
from pipeline.core.process import DATABASE, Program, safe, stream
from pipeline.core.references import digest_in
from pipeline.core.settings.environments import Environment
from pipeline.environment.backup.dump import extensions
from pipeline.environment.host import docker, dotenv, sql
from pipeline.environment.host.host import decode
from pipeline.environment.outbox import hold_sql
from pipeline.privacy.database.catalog import FOREIGN_TABLES
from pipeline.privacy.database.programs import execute_sql
from pipeline.privacy.refresh import left_out
from pipeline.remote.ssh import Connection, connect_ssh
from pipeline.remote.target import SshTarget

_SIZE = "SELECT pg_database_size(current_database()) AS size"
#: What a dump has, in bytes, with indexes and what is stored next to a table.
_SIZES = """SELECT n.nspname::text AS schema, c.relname::text AS name,
  pg_total_relation_size(c.oid) AS size
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('information_schema', 'pg_catalog')
UNION ALL SELECT '', '', pg_total_relation_size('pg_largeobject')"""


@dataclass(frozen=True)
class Fetched:
    """What came: the size of the dump in bytes, and the tables of which no row was fetched."""

    size: int
    left_out: tuple[str, ...]


def dump(environment: Environment, seconds: float, without: Iterable[str] = ()) -> docker.Argv:
    """The command on the VM that writes a dump to its output, without the rows of some tables. It
    is read-only.

    Its limit in seconds is enforced in PROD's container: whatever happens to the connection, no
    dump keeps running there with locks on PROD's tables.
    """
    read_only = "PGOPTIONS=-c default_transaction_read_only=on"
    options = ("--format=custom", "--compress=1", "--no-owner", "--no-privileges")
    feeds = ("--no-subscriptions", "--no-publications")  # these are PROD's, with passwords
    held = f"--exclude-schema={hold_sql.SCHEMA}"  # it can contain rows of PROD
    user = f"--username={environment.database_user}"
    rows = left_out.options(without)
    command = ("pg_dump", user, *options, *feeds, held, *rows, "--", environment.database)
    return docker.execute(environment.database_container, command, (read_only,), seconds)


def restore(database: str) -> tuple[str, ...]:
    """The command that restores a dump from its input in one transaction."""
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    return ("pg_restore", f"--dbname={database}", *options)


def fetch_database(
    target: SshTarget,
    environment: Environment,
    database: str,
    image: str = "",
    emptied: Collection[str] = (),
) -> Fetched:
    """Stream the database of a VM into a database of the server that PGHOST names.

    Args:
        target: the VM.
        environment: names on the VM.
        database: an empty database of the throwaway server, by name or DSN.
        image: the image that the VM must run before and after, because its code updates and
            neutralizes the database; empty: any.
        emptied: tables whose rows would be deleted: where the copy is whole without them, they are
            not fetched.

    Raises:
        SshError: the VM cannot be reached, or its host key is not the pinned one.
        InputError: PROD has tables of other servers: the update of the copy would write to them.
        CheckFailed: the VM runs another image.
        ToolError: the dump or its restore failed, or the connection broke.
    """
    size = 0
    with connect_ssh(target) as connection:
        _check_image(connection, environment, image)
        _check_tables(connection, environment)
        made = _ask(connection, environment, extensions.QUERY)
        execute_sql(database, extensions.before(row for row in made if row["immutable"]))
        [there] = _ask(connection, environment, _SIZE)
        without = _left_out(connection, environment, emptied) if emptied else ()
        command = dump(environment, environment.seconds_for(there["size"]), without)
        with stream(restore(database), cwd=Path("/"), surroundings=DATABASE) as program:
            size = _pass_on(connection, target, environment, command, program)
        _check_image(connection, environment, image)
    execute_sql(database, extensions.AFTER)
    return Fetched(size, without)


def fetched_size(target: SshTarget, environment: Environment, emptied: Collection[str] = ()) -> int:
    """Bytes that the tables of a VM's database take, without those whose rows are not fetched.

    Args:
        target: the VM.
        environment: names on the VM.
        emptied: as of :func:`fetch_database`.

    Raises:
        SshError: the VM cannot be reached, or its host key is not the pinned one.
        ToolError: its database cannot be asked, or the connection broke.
    """
    with connect_ssh(target) as connection:
        without = _left_out(connection, environment, emptied) if emptied else ()
        rows = _ask(connection, environment, _SIZES)
    absent = {("public", name) for name in without}
    return sum(int(row["size"] or 0) for row in rows if (row["schema"], row["name"]) not in absent)


def _left_out(
    connection: Connection, environment: Environment, emptied: Collection[str]
) -> tuple[str, ...]:
    tables = [str(row["name"]) for row in _ask(connection, environment, left_out.TABLES)]
    keys = [left_out.Key.read(row) for row in _ask(connection, environment, left_out.KEYS)]
    return left_out.left_out(emptied, tables, keys)


def _check_image(connection: Connection, environment: Environment, image: str) -> None:
    """A deployment may have run since the last check, or during the dump."""
    if not image:
        return
    command = ("grep", "-E", r"^\s*(export\s+)?ODOO_IMAGE\s*[=:]", str(environment.dotenv))
    answer = connection.run(command, timeout=limits.ANSWER)
    found = dotenv.values(answer.out.decode()).get("ODOO_IMAGE", "")
    if digest_in(found) != digest_in(image):  # a registry can have two host names
        raise CheckFailed(
            f"PROD runs {found or 'no image'} now, and this was planned for {image}",
            "start it again; the database that was read is gone",
        )


def _check_tables(connection: Connection, environment: Environment) -> None:
    """Odoo's neutralization and update run on the copy before anything else looks at it."""
    if found := [str(row["name"]) for row in _ask(connection, environment, FOREIGN_TABLES)]:
        raise InputError(
            f"PROD's database has tables of other servers: {', '.join(found)}",
            "move them out of it, into a database of their own: from a copy with them, Odoo's "
            "update would write to those servers",
        )


def _pass_on(
    connection: Connection,
    target: SshTarget,
    environment: Environment,
    command: docker.Argv,
    program: Program,
) -> int:
    size = 0

    def listen(data: bytes) -> None:
        nonlocal size
        size += len(data)
        _feed(program, data)

    answer = connection.run(command, timeout=environment.command_seconds, listen=listen)
    if answer.code:
        raise ToolError(
            f"the dump on {target.name} ended with exit code {answer.code} after {size} bytes:\n"
            f"{safe(answer.err)}",
            f"run it there: docker exec {environment.database_container} pg_dump …; PROD was only "
            "read",
        )
    return size


def _ask(connection: Connection, environment: Environment, query: str) -> list[dict[str, Any]]:
    """The rows of a query in PROD's database."""
    argv = docker.psql(environment, environment.database, seconds=limits.ANSWER)
    answer = connection.run(argv, sql.rows(query).encode(), timeout=limits.ANSWER + limits.CLIENT)
    if answer.code:
        raise ToolError(
            f"PROD's database cannot be read:\n{safe(answer.err)}",
            "check the names in [environments.prod] of pipeline.toml, and that it runs",
        )
    return decode(answer.out.decode())


def _feed(program: Program, data: bytes) -> None:
    assert program.stdin is not None
    try:
        program.stdin.write(data)
        program.stdin.flush()
    except BrokenPipeError as error:
        with contextlib.suppress(BrokenPipeError):
            program.stdin.close()  # with output that could not be flushed
        raise ToolError(
            "pg_restore ended before the dump did",
            "the throwaway server must be empty, and not older than PROD's ([odoo] postgres)",
        ) from error
