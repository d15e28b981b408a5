"""`pipeline privacy pull`: whatever is wrong, the database that is there stays as it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from pipeline.core.errors import ToolError
from pipeline.privacy.copies import pack as packing
from pipeline.privacy.copies import pull as pulling

LIVE = "care-dev"


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
