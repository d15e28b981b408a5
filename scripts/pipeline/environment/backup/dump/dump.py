"""The database dump: plain SQL that checks where it is loaded.

``zcat FILE | docker exec -i CONTAINER psql -U ROLE -d DATABASE`` is all that is needed to load it,
even into a live database that was migrated in the meantime:

- it refuses a database with a different name, or a server older than the dump;
- it waits until it has locked all tables, so that neither side can run into a deadlock;
- it refuses a database in which prepared transactions hold locks;
- in ONE transaction it drops everything and recreates what was there (see `script`);
- the COMMIT is in a separate gzip member, which `zcat` reaches only if the checksum of everything
  before it was right: a broken or truncated file changes nothing;
- an `\\if` stays open until then, so that psql reports it and ends with an error.
  The exit code of the pipe is psql's all the same, which is 0 if `zcat` prints nothing at all:
  only the line `restored: …` proves that the restore was done.

Roles and the database's own settings and grants are not touched.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

from pipeline.core import files, limits
from pipeline.core.errors import ToolError
from pipeline.environment.backup.dump import extensions, large_objects, script
from pipeline.environment.backup.dump.snapshot import Snapshot
from pipeline.environment.host import docker
from pipeline.environment.host.host import Host

_CHUNK = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS
#: A third of the time of the default level, and a few percent larger.
_LEVEL = 4
#: Large objects: see `large_objects`. Subscriptions have passwords (see `script`).
_LEFT_OUT = ("--no-blobs", "--no-subscriptions")
_LAST_LINES = b"PostgreSQL database dump complete"


@dataclass(frozen=True)
class Dump:
    """A finished dump: size and SHA-256 of the file."""

    size: int
    sha256: str


def command(host: Host, snapshot: str, tag: str, seconds: float = 0) -> tuple[str, ...]:
    """The pg_dump command for a snapshot."""
    database = host.environment.database
    options = (f"--snapshot={snapshot}", *_LEFT_OUT, "--no-password", "--dbname", database)
    return docker.in_database(host.environment, "pg_dump", *options, tag=tag, seconds=seconds)


def write(
    host: Host, snapshot: Snapshot, path: Path, moment: str, tag: str, timeout: float
) -> Dump:
    """Dump the database into a file, which is not a backup yet.

    Args:
        host: the VM.
        snapshot: what to dump.
        path: the file; its folder exists.
        moment: time of the snapshot, for the reader.
        tag: name of the sessions on the server.
        timeout: limit in seconds.

    Raises:
        ToolError: pg_dump failed, or ended without its last line.
    """
    [server] = snapshot.rows("SELECT current_setting('server_version_num')::int AS number")
    database = host.environment.database
    first = script.header(database, server["number"], snapshot.rows(extensions.QUERY))
    with files.create(path) as file:
        out = _Hashed(file)
        try:
            argv = command(host, snapshot.name, tag, timeout)
            with host.talk(argv, timeout=timeout + limits.CLIENT) as program:
                assert program.stdout
                objects = large_objects.statements(snapshot)
                parts = chain([first.encode()], objects, _chunks(program.stdout))
                complete = _member(out, parts)
        except ToolError as error:
            raise ToolError(f"pg_dump of {database} failed: {error.message}", error.fix) from error
        if not complete:
            raise ToolError(
                "pg_dump ended without the line that says it is complete",
                "look at the log of the database: docker compose logs postgres",
            )
        _member(out, [script.trailer(database, moment, host.environment.schedules).encode()])
        file.flush()
    files.sync(path)
    if files.digest(path) != out.digest.hexdigest():
        raise ToolError(
            f"{path.name} differs on the disk from what was written",
            "check the disk; then try again",
        )
    return Dump(out.size, out.digest.hexdigest())


class _Hashed:
    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.size, self.digest = file, 0, hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.size += len(data)
        self.digest.update(data)


def _member(out: _Hashed, chunks: Iterable[bytes]) -> bool:
    """Write a gzip member; returns whether the text ends as a complete dump does."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    end = b""
    for chunk in chunks:
        out.write(packer.compress(chunk))
        end = (end + chunk)[-400:]
    out.write(packer.flush())
    return _LAST_LINES in end


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
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


def load(
    host: Host, path: Path, database: str, container: str, timeout: float, as_is: bool = False
) -> None:
    """Load a dump, as the manual command does. Raises ToolError, and then nothing was changed.

    ``as_is``: do not hold what would be sent, for a copy that is only compared.
    """
    argv = _loading(host, database, container, timeout, as_is)
    try:
        with host.talk(argv, timeout=timeout + limits.CLIENT) as program:
            assert program.stdin
            for chunk in read(path):
                program.stdin.write(chunk)
            program.stdin.flush()
    except ToolError as error:
        raise ToolError(
            f"{path.name} cannot be loaded into {database}: {error.message}", error.fix
        ) from error


def _loading(host: Host, database: str, container: str, seconds: float, as_is: bool) -> docker.Argv:
    options = ("--no-psqlrc", "--username", host.environment.database_user, "--dbname", database)
    compared = ("--variable", f"{script.AS_IS}=1") if as_is else ()
    command = ("psql", *options, *compared, "--output", "/dev/null")
    return docker.execute(container, command, (f"PGAPPNAME={host.tag}",), seconds)


def copy_schema(host: Host, container: str, tag: str, timeout: float) -> None:
    """Copy the live database, without its rows, to another server, as a restore does.

    Args:
        host: the VM.
        container: the other server's; it has an empty database of the same name.
        tag: name of the session on the live server.
        timeout: limit in seconds.

    Raises:
        ToolError: reading or writing it failed.
    """
    database = host.environment.database
    [server] = host.rows("SELECT current_setting('server_version_num')::int AS number")
    first = script.header(database, server["number"], host.rows(extensions.QUERY))
    options = ("--schema-only", *_LEFT_OUT, "--no-password", "--dbname", database)
    reading = docker.in_database(host.environment, "pg_dump", *options, tag=tag, seconds=timeout)
    writing = _loading(host, database, container, timeout, as_is=True)
    with host.talk(writing, timeout=timeout + limits.CLIENT) as target:
        assert target.stdin
        target.stdin.write(first.encode())
        with host.talk(reading, timeout=timeout + limits.CLIENT) as source:
            assert source.stdout
            for chunk in _chunks(source.stdout):
                target.stdin.write(chunk)
        target.stdin.write(script.trailer(database, "its structure alone").encode())
        target.stdin.flush()
