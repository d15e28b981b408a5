"""The database dump: plain SQL that guards itself.

It is loaded with ``zcat FILE | docker exec -i CONTAINER psql -U ROLE -d DATABASE`` and nothing
else, also into a live database that has had a migration since:

- it refuses a database of another name, or a server that is older than the dump;
- it waits until it alone has all tables, so that neither side can run into a deadlock;
- in ONE transaction it drops everything that is there and makes what was there;
- the COMMIT is in a gzip member of its own, which `zcat` reaches only when the checksum of all
  the rest was right: a broken or truncated file changes nothing;
- an `\\if` stays open until then, so that psql says so and ends with an error.
  The exit code of the pipe is psql's all the same, 0 for a file of which `zcat` makes nothing:
  only the line `restored: …` says that it was done.

Roles and the database's own settings and grants are not touched.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.errors import ToolError
from pipeline.vm import docker, files, sql
from pipeline.vm.backup.snapshot import Snapshot
from pipeline.vm.host import Host

_CHUNK = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS
#: Speed and size: a third of the time of the usual level, some percent larger.
_LEVEL = 4
_LAST_LINES = b"PostgreSQL database dump complete"

#: Extensions and whether Odoo made a function of them immutable, which pg_dump does not keep and
#: indexes on it need.
EXTENSIONS = """
SELECT e.extname AS name, n.nspname AS schema,
       COALESCE((SELECT json_agg(p.oid::regprocedure::text ORDER BY 1) FROM pg_depend d
          JOIN pg_proc p ON p.oid = d.objid AND d.classid = 'pg_proc'::regclass
         WHERE d.refobjid = e.oid AND d.deptype = 'e' AND e.extname = 'unaccent'
           AND p.provolatile = 'i'), '[]') AS immutable
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname <> 'plpgsql' ORDER BY e.extname
"""


@dataclass(frozen=True)
class Dump:
    """A dump that was written: size and SHA-256 of the file."""

    size: int
    sha256: str


def header(database: str, server: int, extensions: Iterable[dict[str, object]]) -> str:
    """What comes before pg_dump's own output.

    Args:
        database: the only database that it may be loaded into.
        server: version of the server it comes from, as ``server_version_num``.
        extensions: rows of :data:`EXTENSIONS`.
    """
    made = "".join(extension(one) for one in extensions)
    return f"""\
-- A backup of {sql.name(database)}, for psql. It replaces everything in that database, or nothing.
\\set ON_ERROR_STOP on
\\set QUIET on
\\o /dev/null
\\if true
SET client_min_messages = warning;
DO $guard$ BEGIN
  IF current_database() <> {sql.text(database)} THEN
    RAISE EXCEPTION 'this is a backup of {database.replace("'", "''")}, not of %',
      current_database() USING HINT = 'nothing was changed';
  END IF;
  IF current_setting('server_version_num')::int / 10000 < {server // 10000} THEN
    RAISE EXCEPTION 'this backup comes from PostgreSQL {server // 10000}, the server is older'
      USING HINT = 'nothing was changed';
  END IF;
END $guard$;
BEGIN;
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
DO $alone$
DECLARE tables text;
BEGIN
  FOR attempt IN 1..300 LOOP
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid();
    SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ') INTO tables
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND {_OURS};
    EXIT WHEN tables IS NULL;
    BEGIN
      EXECUTE 'LOCK TABLE ' || tables || ' IN ACCESS EXCLUSIVE MODE NOWAIT';
      EXIT;
    EXCEPTION WHEN lock_not_available OR undefined_table THEN
      IF attempt = 300 THEN RAISE; END IF;
      PERFORM pg_sleep(0.1);
    END;
  END LOOP;
END $alone$;
DO $empty$
DECLARE one text;
BEGIN
  FOR one IN SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' LOOP
    EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', one);
  END LOOP;
  FOR one IN SELECT evtname FROM pg_event_trigger LOOP
    EXECUTE format('DROP EVENT TRIGGER %I', one);
  END LOOP;
  FOR one IN SELECT nspname FROM pg_namespace n WHERE {_OURS} LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', one);
  END LOOP;
  PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
END $empty$;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
COMMENT ON SCHEMA public IS 'standard public schema';
GRANT USAGE ON SCHEMA public TO PUBLIC;
{made}"""


_OURS = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"


def extension(row: dict[str, object]) -> str:
    """Statements that make an extension as it was; ``row`` is one of :data:`EXTENSIONS`."""
    schema = str(row["schema"])
    text = (
        ""
        if schema == "public" or schema.startswith("pg_")
        else (f"CREATE SCHEMA IF NOT EXISTS {sql.name(schema)};\n")
    )
    text += f"CREATE EXTENSION {sql.name(str(row['name']))} WITH SCHEMA {sql.name(schema)};\n"
    immutable = row["immutable"]
    assert isinstance(immutable, list)
    return text + "".join(f"ALTER FUNCTION {function} IMMUTABLE;\n" for function in immutable)


def trailer(database: str, moment: str) -> str:
    """What comes after it, in a gzip member of its own."""
    return f"COMMIT;\n\\endif\n\\echo 'restored: {sql.name(database)} as of {moment}'\n"


def command(host: Host, snapshot: str, tag: str) -> tuple[str, ...]:
    """pg_dump of what a snapshot sees."""
    database = host.environment.database
    options = (f"--snapshot={snapshot}", "--no-password", "--dbname", database)
    return docker.in_database(host.environment, "pg_dump", *options, tag=tag)


def write(
    host: Host, snapshot: Snapshot, path: Path, moment: str, tag: str, timeout: float
) -> Dump:
    """Dump the database into a file that is not yet a backup.

    Args:
        host: the VM.
        snapshot: what to dump.
        path: the file; its folder is there.
        moment: time of the snapshot, for the reader.
        tag: name of the sessions on the server.
        timeout: limit in seconds.

    Raises:
        ToolError: pg_dump failed, or ended without its last line.
    """
    [server] = snapshot.rows("SELECT current_setting('server_version_num')::int AS number")
    first = header(host.environment.database, server["number"], snapshot.rows(EXTENSIONS))
    with path.open("wb") as file:
        out = _Hashed(file)
        try:
            with host.talk(command(host, snapshot.name, tag), timeout=timeout) as program:
                assert program.stdout
                complete = _member(out, _with_first(first.encode(), program.stdout))
        except ToolError as error:
            raise ToolError(
                f"pg_dump of {host.environment.database} failed: {error.message}", error.fix
            ) from error
        if not complete:
            raise ToolError(
                "pg_dump ended without the line that says it is complete",
                "look at the log of the database: docker compose logs postgres",
            )
        _member(out, [trailer(host.environment.database, moment).encode()])
        file.flush()
    files.sync(path)
    return Dump(out.size, out.digest.hexdigest())


class _Hashed:
    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.size, self.digest = file, 0, hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.size += len(data)
        self.digest.update(data)


def _member(out: _Hashed, chunks: Iterable[bytes]) -> bool:
    """Write a gzip member; whether the text ends as a whole dump does."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    end = b""
    for chunk in chunks:
        out.write(packer.compress(chunk))
        end = (end + chunk)[-400:]
    out.write(packer.flush())
    return _LAST_LINES in end


def _with_first(first: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    yield first
    while chunk := stream.read(_CHUNK):
        yield chunk


def read(path: Path) -> Iterator[bytes]:
    """The text of a dump. Raises ToolError when the file is broken."""
    try:
        with gzip.open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (OSError, EOFError, zlib.error) as error:
        raise ToolError(f"{path} is broken: {error}", "take another backup") from error


def load(host: Host, path: Path, database: str, container: str, timeout: float) -> None:
    """Load a dump, as the manual command does. Raises ToolError: nothing changed."""
    options = ("--no-psqlrc", "--username", host.environment.database_user, "--dbname", database)
    argv = docker.execute(container, ("psql", *options, "--output", "/dev/null"))
    try:
        with host.talk(argv, timeout=timeout) as program:
            assert program.stdin
            for chunk in read(path):
                program.stdin.write(chunk)
            program.stdin.flush()
    except ToolError as error:
        raise ToolError(
            f"{path.name} cannot be loaded into {database}: {error.message}", error.fix
        ) from error
