"""From the throwaway PostgreSQL to UAT: the dump, and PROD's files. No copy is kept in between."""

from __future__ import annotations

import hashlib
import queue
import secrets
import threading
from collections.abc import Iterator
from pathlib import PurePosixPath

from pipeline.core.errors import PipelineError, ToolError
from pipeline.core.process import DATABASE, safe, stream
from pipeline.core.sent import script
from pipeline.core.settings.environments import Environment
from pipeline.environment.backup.live_filestore import NAMES, directory_of
from pipeline.environment.host import docker, inside
from pipeline.environment.operations.steps.not_anonymized import LIST
from pipeline.remote import sent
from pipeline.remote.ssh import Answer, Connection, connect_ssh
from pipeline.remote.target import SshTarget

_CHUNK = 1 << 18


def dump(database: str) -> tuple[str, ...]:
    """The command that writes a database of the throwaway server to its output."""
    options = ("--format=custom", "--compress=1", "--no-owner", "--no-privileges")
    return ("pg_dump", *options, f"--dbname={database}")


def bring(target: SshTarget, environment: Environment, database: str) -> tuple[PurePosixPath, str]:
    """Stream a dump of a database to UAT's VM.

    Args:
        target: UAT's VM.
        environment: names on the VM.
        database: of the server that PGHOST names.

    Returns:
        The dump's path on the VM, and its SHA-256.

    Raises:
        SshError: the VM cannot be reached, or its host key is not the pinned one.
        ToolError: the dump failed or did not arrive completely; the incomplete file is removed.
    """
    folder = PurePosixPath(environment.directory) / ".deployments" / "refresh"
    path, digest = folder / f"{secrets.token_hex(8)}.dump", hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        for data in _output(dump(database)):
            digest.update(data)
            yield data

    with connect_ssh(target) as connection:
        try:
            argv = ("python3", "-c", script(sent, "receive_dump"), str(folder), path.name)
            answer = connection.run(argv, pieces(), timeout=environment.command_seconds)
            _good(answer, f"the dump did not arrive on {target.name}")
            if answer.out.decode().strip() != digest.hexdigest():
                raise ToolError(f"the dump arrived damaged on {target.name}", "try again")
        except BaseException:
            remove(target, path)
            raise
    return path, digest.hexdigest()


def _output(argv: tuple[str, ...]) -> Iterator[bytes]:
    """The output of a program of PostgreSQL, in chunks. Raises ToolError at its end: it failed."""
    with stream(argv, surroundings=DATABASE) as program:
        assert program.stdout
        while data := program.stdout.read(_CHUNK):
            yield data


def remove(target: SshTarget, path: PurePosixPath) -> None:
    """Remove a dump from UAT's VM, if it can be reached; the next refresh removes it too."""
    try:
        with connect_ssh(target) as connection:
            connection.run(("rm", "-f", str(path)))
    except PipelineError:
        pass


def copy_files(
    prod: tuple[SshTarget, Environment],
    uat: tuple[SshTarget, Environment],
    database: str,
    *,
    anonymized: bool,
) -> int:
    """Stream the files that a database refers to and UAT lacks from PROD's filestore into UAT's.

    A file is named by its content, so no file of UAT's is ever replaced by different content.

    Args:
        prod: PROD's VM and its names.
        uat: UAT's.
        database: of the server that PGHOST names.
        anonymized: whether personal data was replaced. If not, a list of the files is saved on UAT
            before the first one arrives, so that they can be removed again (see `not_anonymized`).

    Returns:
        The number of files that arrived.

    Raises:
        ToolError: a filestore could not be read or written.
    """
    asked = ("psql", "--no-psqlrc", "-tA", f"--dbname={database}", f"--command={NAMES}")
    with connect_ssh(prod[0]) as source, connect_ssh(uat[0]) as sink:
        asking = _in_web(sink, uat[1], "missing_files")
        found = sink.run(asking, _output(asked), timeout=uat[1].command_seconds)
        _good(found, "UAT's filestore could not be read")
        missing = found.out
        if not anonymized:
            path = PurePosixPath(uat[1].directory) / ".deployments" / LIST
            listed = sink.run(("python3", "-c", script(sent, "add_lines"), str(path)), missing)
            _good(listed, f"the list of PROD's files could not be written on {uat[0].name}")
        reader = _in_web(source, prod[1], "send_files")
        writer = _in_web(sink, uat[1], "receive_files")
        pieces = _pieces(source, reader, missing, prod[1].command_seconds)
        answer = sink.run(writer, pieces, timeout=uat[1].command_seconds)
    _good(answer, "UAT's filestore could not be written")
    return int(answer.out)


def _in_web(connection: Connection, environment: Environment, name: str) -> tuple[str, ...]:
    """The command that runs a script in the container with an environment's filestore."""
    folder = ("env", f"--chdir={environment.directory}")
    found = connection.run((*folder, *docker.containers(environment.web_service)))
    containers = found.out.decode().split()
    if found.code or not containers:
        raise ToolError(
            f"Odoo is not running on {environment.name.upper()}: its files cannot be reached",
            f"see `status --environment {environment.name}`",
        )
    command = ("python3", "-c", script(inside, name), directory_of(environment))
    return docker.execute(containers[0], command)


def _pieces(
    connection: Connection, argv: tuple[str, ...], stdin: bytes, seconds: float
) -> Iterator[bytes]:
    """The output of a program on a VM, in chunks, as fast as they are consumed.

    A connection without data for this many seconds counts as dead.
    """
    pieces: queue.Queue[bytes | Answer | BaseException] = queue.Queue(maxsize=64)

    def read() -> None:
        try:
            pieces.put(connection.run(argv, stdin, timeout=seconds, listen=pieces.put))
        except BaseException as error:
            pieces.put(error)

    threading.Thread(target=read, daemon=True).start()
    while isinstance(piece := pieces.get(), bytes):
        yield piece
    if isinstance(piece, BaseException):
        raise piece
    _good(piece, "PROD's filestore could not be read")


def _good(answer: Answer, problem: str) -> None:
    if answer.code:
        raise ToolError(f"{problem}:\n{safe(answer.err)}", "check its disk, and try again")
