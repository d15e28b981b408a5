"""Programs that several tests need: a PostgreSQL of their own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.process import run as run_program

BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A running PostgreSQL: the directory of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user: tuple[str, ...] = ()
    if os.geteuid() == 0:  # PostgreSQL refuses root
        shutil.chown(folder, "postgres")
        user = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--")
    data = ("--pgdata", str(folder / "data"))
    options = f"-F -k {folder} -c listen_addresses= -c max_connections=20"
    initdb = ("--username=odoo", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
    run_program((*user, str(BIN[-1] / "initdb"), *data, *initdb), cwd=folder)
    start = ("start", "--wait", "--silent", f"--log={folder}/log", "-o", options)
    run_program((*user, str(BIN[-1] / "pg_ctl"), *data, *start), cwd=folder)
    yield str(folder)
    run_program((*user, str(BIN[-1] / "pg_ctl"), *data, "stop", "--mode=immediate"), cwd=folder)
    shutil.rmtree(folder)
