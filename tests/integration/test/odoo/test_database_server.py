"""What is done in a PostgreSQL server for the add-ons' tests, in a real one."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from postgres_server import PROGRAMS, PostgresServer, start_server

from pipeline.core.errors import InputError, ToolError
from pipeline.test.odoo.postgres import Server
from pipeline.test.odoo.prepare import DATABASE, FRESH, TEMPLATE, fresh_copy, module_states
from pipeline.test.odoo.server_files import copy_server_files

pytestmark = pytest.mark.skipif(PROGRAMS is None, reason="no PostgreSQL here")


@pytest.fixture(scope="module")
def started() -> Iterator[PostgresServer]:
    with start_server() as server:
        yield server


@pytest.fixture
def server(started: PostgresServer) -> Iterator[Server]:
    """A server with a template that has one row."""
    made = Server(str(started.folder))
    made.sql(f'CREATE DATABASE "{TEMPLATE}"')
    made.sql(
        "CREATE TABLE ir_module_module AS SELECT 'base' AS name, 'installed' AS state", TEMPLATE
    )
    yield made
    for name in (DATABASE, FRESH, TEMPLATE):
        made.drop(name)


def test_rows_are_lists_of_text_and_a_failing_statement_is_an_error(server: Server) -> None:
    assert server.sql("SELECT 1, 'a' UNION ALL SELECT 2, NULL ORDER BY 1") == [
        ["1", "a"],
        ["2", ""],
    ]
    with pytest.raises(ToolError, match="no_such_table"):
        server.sql("SELECT * FROM no_such_table")
    assert str(server.version()) in server.sql("SHOW server_version")[0][0]


def test_the_unused_copy_is_taken_first_and_later_ones_are_made(server: Server) -> None:
    server.copy(TEMPLATE, FRESH)
    [[unused]] = server.sql(f"SELECT oid FROM pg_database WHERE datname = '{FRESH}'")
    oids = []
    for _ in range(2):
        fresh_copy(server)
        server.sql("INSERT INTO ir_module_module VALUES ('x', 'installed')", DATABASE)
        oids += server.sql(f"SELECT oid FROM pg_database WHERE datname = '{DATABASE}'")
    assert oids[0] == [unused] != oids[1]
    fresh_copy(server)
    assert module_states(server, DATABASE) == {"base": "installed"}
    assert not server.has(FRESH)


def test_sessions_of_a_run_that_was_killed_do_not_keep_a_database(
    server: Server, started: PostgresServer
) -> None:
    server.copy(TEMPLATE, DATABASE)
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(host=str(started.folder), user="odoo", dbname=DATABASE):
        server.drop(DATABASE)
    assert not server.has(DATABASE)


def test_a_database_without_odoo_has_no_modules(server: Server) -> None:
    assert module_states(server, "postgres") == {}
    assert module_states(server, "no_such_database") == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change its root")
def test_the_files_of_a_running_server_are_copied(tmp_path: Path, server: Server) -> None:
    copy_server_files(server, Path("/"), tmp_path / "server.tar")
    with tarfile.open(tmp_path / "server.tar") as archive:
        names = archive.getnames()
    assert {"PG_VERSION", "global/pg_control", "backup_label"} <= set(names)
    assert any(name.startswith("pg_wal/0") for name in names)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change its root")
def test_a_server_that_does_not_answer_is_an_error(tmp_path: Path, server: Server) -> None:
    lost = Server(str(tmp_path))
    with pytest.raises(ToolError, match=str(tmp_path)):
        copy_server_files(lost, Path("/"), tmp_path / "server.tar")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change its root")
@pytest.mark.usefixtures("stand_in")
def test_the_command_copies_the_files_of_the_server_that_it_prepared(
    tmp_path: Path, started: PostgresServer, run_pipeline: Callable[..., tuple[int, str]]
) -> None:
    archive = tmp_path / "server.tar"
    options = ("--server", started.folder, "--directory", tmp_path / "state")
    copied = ("--files", archive, "--programs", "/")
    code, printed = run_pipeline("test", "prepare-database", *options, *copied)
    assert code == 0, printed
    with tarfile.open(archive) as files:
        assert "global/pg_control" in files.getnames()


def test_copying_files_needs_a_server_and_programs(
    tmp_path: Path, run_pipeline: Callable[..., tuple[int, str]]
) -> None:
    archive = tmp_path / "server.tar"
    code, printed = run_pipeline("test", "prepare-database", "--files", archive)
    assert code == InputError.exit_code
    assert "--files needs --server and --programs" in printed
    assert not archive.exists()
