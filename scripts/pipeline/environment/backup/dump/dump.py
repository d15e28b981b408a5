"""The database dump: plain SQL that guards itself.

It is loaded with ``zcat FILE | docker exec -i CONTAINER psql -U ROLE -d DATABASE`` and nothing
else, also into a live database that has had a migration since:

- it refuses a database of another name, or a server that is older than the dump;
- it waits until it alone has all tables, so that neither side can run into a deadlock;
- it refuses a database in which prepared transactions hold locks;
- in ONE transaction it drops everything that is there and makes what was there (see `script`);
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
#: Speed and size: a third of the time of the usual level, some percent larger.
_LEVEL = 4
#: Large objects: see `large_objects`. Subscriptions have passwords (see `script`).
_LEFT_OUT = ("--no-blobs", "--no-subscriptions")
_LAST_LINES = b"PostgreSQL database dump complete"


@dataclass(frozen=True)
class Dump:
    """A dump that was written: size and SHA-256 of the file."""

    size: int
    sha256: str


def command(host: Host, snapshot: str, tag: str, seconds: float = 0) -> tuple[str, ...]:
    """pg_dump of what a snapshot sees."""
    database = host.environment.database
    options = (f"--snapshot={snapshot}", *_LEFT_OUT, "--no-password", "--dbname", database)
    return docker.in_database(host.environment, "pg_dump", *options, tag=tag, seconds=seconds)


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
    """Write a gzip member; whether the text ends as a whole dump does."""
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
    """Load a dump, as the manual command does. Raises ToolError: nothing changed.

    ``as_is``: what would be sent is not held, for a copy that is only compared.
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
    """Make of the live database, without its rows, a copy in another server, as a restore does.

    Args:
        host: the VM.
        container: the other server's, which has an empty database of that name.
        tag: name of the session on the live server.
        timeout: limit in seconds.

    Raises:
        ToolError: it could not be read, or not be made.
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
