"""A copy of all files of a database server, for a layer of a container."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from pipeline.core.process import stream
from pipeline.test.odoo.postgres import ROLE, Server

_TIME_LIMIT = 1800


def copy_server_files(server: Server, programs: Path, archive: Path) -> None:
    """Write the files of a running server to a tar archive, with PostgreSQL's own program.

    Args:
        server: the server.
        programs: the root of a file system with PostgreSQL of the server's version: an image
            of Odoo has none, or another version.
        archive: the file to write.

    Raises:
        ToolError: the program is missing or fails.
    """
    # The other root cannot resolve host names.
    is_socket = server.host.startswith("/")
    address = server.host if is_socket else socket.gethostbyname(server.host)
    path = f"PATH=/usr/local/bin:/usr/bin:/bin:/usr/lib/postgresql/{server.version()}/bin"
    options = ("--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast")
    connection = (f"--host={address}", f"--username={ROLE}", "--no-password")
    argv = ("chroot", str(programs), "/usr/bin/env", path, "pg_basebackup", *connection, *options)
    with archive.open("wb") as file, stream(argv, timeout=_TIME_LIMIT) as program:
        assert program.stdout
        shutil.copyfileobj(program.stdout, file, 1 << 20)
