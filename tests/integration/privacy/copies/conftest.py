"""A laptop's server, an anonymized database, and the copy of it that travels between them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from dated_copies import DUMP, KEY, NOW, document
from postgres_server import PROGRAMS
from shop import CONFIRM, SHOP
from ssh_server import LoopbackMachine

from pipeline.privacy.copies.document import check_fit
from pipeline.privacy.copies.newest import FoundCopy, newest_copy, push_copy
from pipeline.privacy.copies.open_place import open_place
from pipeline.privacy.copies.places import CopiesPlace

LIVE = "care-dev"


@pytest.fixture
def server(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple]]:
    """Run a statement on the laptop's server, which is empty; gives its rows."""
    monkeypatch.setenv("PATH", f"{PROGRAMS}:{os.environ['PATH']}")
    monkeypatch.setenv("PGHOST", postgresql)
    monkeypatch.setenv("PGUSER", "odoo")
    monkeypatch.delenv("ANONYMIZATION_REPORT_KEY", raising=False)

    def run(statement: str, database: str = "postgres") -> list[tuple]:
        there = f"host={postgresql} user=odoo dbname={database}"
        with psycopg.connect(there, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    for (name,) in run("SELECT datname FROM pg_database WHERE datname LIKE 'care%'"):
        run(f'DROP DATABASE "{name}" WITH (FORCE)')
    return run


@pytest.fixture
def databases(server) -> Callable[[], list[str]]:
    """The names of the laptop's databases."""
    query = "SELECT datname FROM pg_database WHERE datname LIKE 'care%' ORDER BY 1"
    return lambda: [name for (name,) in server(query)]


@pytest.fixture
def prod(server, dsn: str, sql, anonymize, project: Path) -> None:
    """An anonymized database, as the throwaway server has it."""
    (project / "pipeline.toml").write_text('[project]\nname = "odoo-care"\nseries = "19.0"\n')
    sql("INSERT INTO res_partner (name) VALUES ('Anna Doe')")
    code, said = anonymize()
    assert code == 0, said
    sql("ALTER TABLE ir_module_module ADD COLUMN latest_version varchar")
    sql("UPDATE ir_module_module SET latest_version = '19.0.1.3' WHERE name = 'base'")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The file with the key."""
    path = tmp_path / "key"
    path.write_text("the team's\n")
    return path


@pytest.fixture
def pack(run_pipeline, prod, dsn: str, project: Path, key: Path, tmp_path: Path) -> Callable:
    """Make the copy; more options may follow."""

    def run(*more: object) -> tuple[int, str]:
        place = ("--database-url", dsn, "--source", project, "--output", tmp_path / "copy")
        return run_pipeline("privacy", "pack", *place, "--report-key-file", key, *more)

    return run


@pytest.fixture
def pull(run_pipeline, project: Path, key: Path, tmp_path: Path) -> Callable:
    """Load the copy; more options may follow."""

    def run(*more: object) -> tuple[int, str]:
        place = ("--source", project, "--from", tmp_path / "copy", "--report-key-file", key)
        return run_pipeline("privacy", "pull", *place, *more)

    return run


@pytest.fixture
def own(server) -> None:
    """A database that the developer made."""
    server(f'CREATE DATABASE "{LIVE}"')
    server("CREATE TABLE mine AS SELECT 1 AS done", LIVE)


@pytest.fixture
def shop(sql) -> None:
    sql(SHOP)


@pytest.fixture
def cut(run_pipeline, dsn: str, shop) -> Callable[..., tuple[int, str]]:
    """Slice the database."""
    return lambda *more: run_pipeline("privacy", "slice", "--database-url", dsn, CONFIRM, *more)


@pytest.fixture
def restored(postgresql: str, dsn: str, tmp_path) -> Callable[[], str]:
    """Dump the database, and restore it with all constraints: what PostgreSQL says."""

    def run() -> str:
        place = {**os.environ, "PGHOST": postgresql, "PGUSER": "odoo"}
        with psycopg.connect(
            f"host={postgresql} user=odoo dbname=postgres", autocommit=True
        ) as server:
            server.execute("DROP DATABASE IF EXISTS slice_again")
            server.execute("CREATE DATABASE slice_again")
        file = str(tmp_path / "dump")
        for argv in (
            ["pg_dump", "--format=custom", f"--file={file}", "prod"],
            ["pg_restore", "--exit-on-error", "--dbname=slice_again", file],
        ):
            done = subprocess.run(
                [f"{PROGRAMS}/{argv[0]}", *argv[1:]], env=place, capture_output=True, text=True
            )
            if done.returncode:
                return done.stderr
        return ""

    return run


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """A copy that was made so many days ago; gives its folder."""

    def make(days: float, key: bytes = KEY, **other: object) -> Path:
        folder = tmp_path / f"made-{days}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "uat.dump").write_bytes(DUMP)
        (folder / "anonymization.html").write_text("the report")
        (folder / "notes.txt").write_text("somebody's")
        replace(document(days), **other).write(folder, key)
        return folder

    return make


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[LoopbackMachine]:
    """An SFTP server."""
    (tmp_path / "server").mkdir()
    up = LoopbackMachine(tmp_path / "server")
    yield up
    up.stop()


@pytest.fixture
def root(machine) -> Path:
    """Where the place really is."""
    path = machine.home / "copies"
    path.mkdir()
    return path


@pytest.fixture(params=["folder", "sftp"])
def place(request, machine, root: Path, tmp_path: Path) -> Iterator[CopiesPlace]:
    """The place."""
    address, known = str(root), tmp_path / "known_hosts"
    if request.param == "sftp":
        address = f"sftp://ubuntu@127.0.0.1:{machine.port}{root}"
    known.write_text(machine.known_hosts)
    with open_place(address, "odoo-care", machine.key_file, known) as opened:
        yield opened


@pytest.fixture
def push(place, made) -> Callable[..., tuple[str, tuple[str, ...]]]:
    """Put a copy there; gives its name, and those that were removed."""

    def run(days: float, keep: int = 3, now: datetime = NOW, **other: object):
        pushed = push_copy(place, made(days, **other), "odoo-care", KEY, now, keep)
        return pushed.name, pushed.removed

    return run


@pytest.fixture
def newest(place, tmp_path: Path) -> Callable[..., FoundCopy]:
    """The newest copy."""

    def run(key: bytes = KEY, now: datetime = NOW, **more: bool) -> FoundCopy:
        scratch = tmp_path / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        fits = lambda one: check_fit(one, "odoo-care", "19.0", now)  # noqa: E731
        return newest_copy(place, scratch, fits, key, **more)

    return run
