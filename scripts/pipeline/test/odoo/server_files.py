"""A copy of all files of a server, as a layer of a container is made of."""

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
        programs: the root of a file system that has PostgreSQL of the server's version: an image
            of Odoo has it in no version, or in one that does not fit.
        archive: the file to write.

    Raises:
        ToolError: the program is missing or fails.
    """
    # In the other root there are no names of hosts.
    is_socket = server.host.startswith("/")
    address = server.host if is_socket else socket.gethostbyname(server.host)
    path = f"PATH=/usr/local/bin:/usr/bin:/bin:/usr/lib/postgresql/{server.version()}/bin"
    options = ("--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast")
    connection = (f"--host={address}", f"--username={ROLE}", "--no-password")
    argv = ("chroot", str(programs), "/usr/bin/env", path, "pg_basebackup", *connection, *options)
    with archive.open("wb") as file, stream(argv, timeout=_TIME_LIMIT) as program:
        assert program.stdout
        shutil.copyfileobj(program.stdout, file, 1 << 20)
