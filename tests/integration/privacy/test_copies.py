"""`pipeline privacy pack` and `pull`: an anonymized database, from one server to a laptop's."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from postgres_server import PROGRAMS

from pipeline.core.errors import ToolError
from pipeline.privacy.copies import pack as packing
from pipeline.privacy.copies import pull as pulling

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


def parameters(server, database: str = LIVE) -> dict[str, str]:
    """What a database says about itself."""
    return dict(server("SELECT key, value FROM ir_config_parameter", database))


def test_from_one_server_to_another(pack, pull, server, databases, tmp_path: Path, verify) -> None:
    code, said = pack("--expires-days", 7)
    assert code == 0 and "copy/uat.dump: 0." in said and "warning" not in said, said
    document = json.loads((tmp_path / "copy/copy.json").read_text())
    assert (document["project"], document["database"]) == ("odoo-care", "care-prod")
    assert (document["series"], document["file"]) == ("19.0", "uat.dump")
    code, said = pull()
    assert code == 0, said
    assert f"{LIVE} is care-prod as of {document['made']} UTC, anonymized; it expires" in said
    assert "replaced" not in said and "warning" not in said
    assert databases() == [LIVE]
    found = parameters(server)
    assert found["pipeline.anonymized"] == document["made"]
    assert found["pipeline.expires"] == document["expires"] > document["made"]
    [(name,)] = server("SELECT name FROM res_partner", LIVE)
    assert name and name != "Anna Doe"
    assert verify()[0] == 0  # the marks are none of its business


def test_the_developers_database_is_kept_and_an_earlier_copy_is_not(
    pack, pull, own, server, databases
) -> None:
    assert pack()[0] == 0
    code, said = pull()
    assert code == 0 and f"the database that it replaced is kept as {LIVE}-replaced" in said
    server("CREATE TABLE mine (done int)", LIVE)
    code, said = pull()
    assert code == 0 and "the database that it replaced is a copy as well, and is gone" in said
    assert databases() == [LIVE, f"{LIVE}-replaced"]
    assert server("SELECT to_regclass('mine')", LIVE) == [(None,)]
    with pytest.raises(psycopg.OperationalError, match="not currently accepting"):
        server("SELECT 1", f"{LIVE}-replaced")
    # One that the developer made after it takes its place.
    server(f'DROP DATABASE "{LIVE}"')
    server(f'CREATE DATABASE "{LIVE}"')
    server("CREATE TABLE ir_config_parameter (key text, value text)", LIVE)
    assert pull()[0] == 0
    assert databases() == [LIVE, f"{LIVE}-replaced"]
    server(f'ALTER DATABASE "{LIVE}-replaced" WITH ALLOW_CONNECTIONS true')
    assert server("SELECT to_regclass('mine')", f"{LIVE}-replaced") == [(None,)]


def test_odoo_may_run_meanwhile(pack, pull, own, server, postgresql: str) -> None:
    """It connects again as soon as its session is ended."""
    assert pack()[0] == 0
    done, sessions = threading.Event(), 0

    def odoo() -> None:
        nonlocal sessions
        while not done.is_set():
            try:
                place = f"host={postgresql} user=odoo dbname={LIVE}"
                with psycopg.connect(place, autocommit=True) as connection:
                    sessions += 1
                    connection.execute("SELECT pg_sleep(60)")
            except psycopg.Error:
                continue

    thread = threading.Thread(target=odoo)
    thread.start()
    try:
        while not sessions:
            time.sleep(0.01)
        code, said = pull()
    finally:
        done.set()
        server(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{LIVE}'")
        thread.join(20)
    assert code == 0 and sessions, said
    assert server("SELECT count(*) FROM res_partner", LIVE) == [(1,)]


def test_a_database_that_is_not_anonymized_is_not_packed(pack, sql, tmp_path: Path) -> None:
    sql("INSERT INTO ir_config_parameter (key, value) VALUES ('pipeline.not_anonymized', 'True')")
    code, said = pack()
    assert code == 1 and "this database is marked as not anonymized" in said
    sql("DELETE FROM ir_config_parameter WHERE key LIKE 'pipeline%' OR key LIKE 'web.base%'")
    code, said = pack()
    assert code == 1 and "lacks the marks of an anonymized" in said
    sql("UPDATE ir_module_module SET latest_version = NULL")
    sql("DROP TABLE ir_mail_server")
    code, said = pack()
    assert code == 2 and "this is not an Odoo database" in said
    assert not (tmp_path / "copy").exists()


def test_what_cannot_be_packed_leaves_no_copy(pack, sql, tmp_path: Path) -> None:
    assert pack()[0] == 0
    (tmp_path / "copy/uat.dump").unlink()
    (tmp_path / "copy/uat.dump").mkdir()
    code, said = pack()
    assert code == 4 and "pg_dump" in said
    assert not (tmp_path / "copy/copy.json").exists()
    (tmp_path / "file").touch()
    code, said = pack("--output", tmp_path / "file")
    assert code == 2 and "the copy cannot be written to" in said
    sql("UPDATE ir_module_module SET latest_version = NULL")
    code, said = pack()
    assert code == 2 and "does not say which series of Odoo it is for" in said


def test_without_a_key_it_is_said(pack, pull, key: Path) -> None:
    key.write_text("\n")
    code, said = pack()
    assert code == 0 and "warning: without a key, the copy is not signed" in said
    assert pull()[0] == 2
    code, said = pull("--unsigned")
    assert code == 0 and "warning: this copy is not signed" in said


def swapped(folder: Path) -> None:
    """Another dump under the same document."""
    with (folder / "uat.dump").open("r+b") as file:
        file.seek(-9, os.SEEK_END)
        file.write(b"!")


def prolonged(folder: Path) -> None:
    """A document with a later end."""
    path = folder / "copy.json"
    path.write_text(path.read_text().replace('"expires": "20', '"expires": "21'))


@pytest.mark.parametrize(
    "change, said",
    [
        (swapped, "is not the dump that was signed"),
        (prolonged, "is not what was signed"),
        (lambda folder: (folder / "copy.hmac").unlink(), "not signed with a key"),
        (lambda folder: (folder / "uat.dump").unlink(), "the copy has no dump"),
    ],
    ids=["dump", "document", "signature", "missing"],
)
def test_a_copy_that_was_changed_touches_nothing(
    pack, pull, own, databases, tmp_path: Path, monkeypatch, change: Callable, said: str
) -> None:
    assert pack()[0] == 0
    change(tmp_path / "copy")
    monkeypatch.setattr(pulling, "execute_sql", None)  # nothing is asked of the server
    monkeypatch.setattr(pulling, "ask_sql", None)
    code, answer = pull()
    assert code == 1 and said in answer and "what to do: " in answer
    assert databases() == [LIVE]


@pytest.mark.parametrize(
    "settings, said",
    [
        ('name = "odoo-mta"\nseries = "19.0"', "a copy of the project odoo-care"),
        ('name = "odoo-care"\nseries = "18.0"', "this copy is for Odoo 19.0"),
    ],
)
def test_a_copy_of_something_else_is_refused(pack, pull, project, settings: str, said: str) -> None:
    assert pack()[0] == 0
    (project / "pipeline.toml").write_text(f"[project]\n{settings}\n")
    code, answer = pull()
    assert code == 1 and said in answer


@pytest.mark.parametrize(
    "name, said",
    [
        ("care-prod", "is the name of an environment's database"),
        ("care-uat", "is the name of an environment's database"),
        ('care"; DROP', "is not usable"),
        ("care" * 20, "is not usable"),
    ],
)
def test_a_name_that_is_not_a_laptops_is_refused(pack, pull, databases, name, said) -> None:
    assert pack()[0] == 0
    code, answer = pull("--database", name)
    assert code == 2 and said in answer
    assert databases() == []


@pytest.mark.parametrize(
    "statement, said",
    [
        ("DELETE FROM ir_config_parameter WHERE key = 'pipeline.expires'", "does not expire when"),
        ("DELETE FROM ir_config_parameter WHERE key = 'web.base.url.freeze'", "lacks the marks"),
        (
            "INSERT INTO ir_config_parameter (key) VALUES ('pipeline.not_anonymized')",
            "marked as not anonymized",
        ),
        ("DROP TABLE ir_config_parameter", "this is not an Odoo database"),
    ],
)
def test_a_dump_that_is_not_what_its_document_says_replaces_nothing(
    pack, pull, own, server, databases, sql, monkeypatch, statement: str, said: str
) -> None:
    """Whoever has the key can sign anything: the database is asked as well."""
    with monkeypatch.context() as context:
        context.setattr(packing, "execute_sql", lambda dsn, statements: sql(statement))
        code, answer = pack()
    assert code == 0, answer
    code, answer = pull()
    assert code != 0 and said in answer and "what to do: " in answer
    assert databases() == [LIVE] and server("SELECT done FROM mine", LIVE) == [(1,)]


def test_a_restore_that_fails_replaces_nothing(
    pack, pull, own, server, databases, monkeypatch
) -> None:
    assert pack()[0] == 0

    def broken(path: Path, database: str, *sections: str) -> None:
        assert database in databases()
        raise ToolError("the disk is full", "free some")

    monkeypatch.setattr(pulling, "_restore", broken)
    code, said = pull()
    assert code == 4 and "the disk is full" in said
    assert databases() == [LIVE] and server("SELECT done FROM mine", LIVE) == [(1,)]


def test_a_swap_that_fails_replaces_nothing(
    pack, pull, own, server, databases, monkeypatch
) -> None:
    assert pack()[0] == 0
    monkeypatch.setattr(pulling, "_ATTEMPTS", 2)
    monkeypatch.setattr(pulling.sql, "end_sessions", lambda database: "")
    there = f"host={os.environ['PGHOST']} user=odoo dbname={LIVE}"
    with psycopg.connect(there) as connection:
        connection.execute("SELECT 1")
        code, said = pull()
    assert code == 4 and "is being accessed by other users" in said
    assert databases() == [LIVE] and server("SELECT done FROM mine", LIVE) == [(1,)]


def test_a_server_that_is_older_than_pg_restore_is_named(
    pack, pull, own, databases, tmp_path: Path, monkeypatch
) -> None:
    assert pack()[0] == 0
    program = tmp_path / "pg_restore"
    program.write_text("#!/bin/sh\necho 'pg_restore (PostgreSQL) 99.1 (Debian 99.1-1)'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    code, said = pull()
    assert code == 1 and "and pg_restore is of 99: too new for it" in said
    assert "POSTGRES_IMAGE" in said and databases() == [LIVE]


def test_a_server_that_does_not_answer_is_named(pack, pull, own, databases, monkeypatch) -> None:
    assert pack()[0] == 0
    with monkeypatch.context() as context:
        context.setenv("PGHOST", "/nowhere")
        code, said = pull()
    assert code == 4 and "the server to load the copy into does not let us in" in said
    assert "docker compose up -d --wait postgres" in said and databases() == [LIVE]
