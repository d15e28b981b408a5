"""Whether a restore would run out of locks is said before it does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from played_vm import Vm
from postgres_server import PostgresServer, start_server

from pipeline.environment.backup.dump import script
from pipeline.environment.machine import restore_locks

#: Room for so few locks that 150 tables are too many.
_FEW = "-c max_locks_per_transaction=10 -c max_connections=40"
_TABLES = """
DO $$ BEGIN
  FOR n IN 1..150 LOOP
    EXECUTE format('CREATE TABLE big%s (id serial PRIMARY KEY, name text NOT NULL, '
                   'before int REFERENCES big%s, size numeric DEFAULT 0)', n, greatest(n - 1, 1));
    EXECUTE format('CREATE INDEX ON big%s (name)', n);
  END LOOP;
END $$;
CREATE VIEW names AS SELECT name FROM big1;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
"""
_HELD = (
    "SELECT 'held', count(DISTINCT (relation, classid, objid, objsubid)) FROM pg_locks"
    " WHERE pid = pg_backend_pid();"
)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL with room for few locks."""
    with start_server(_FEW) as started:
        yield started


def test_it_is_said_before_a_restore_fails(make_prod, drill_server):
    vm: Vm = make_prod()
    (vm.home / "drill").symlink_to(drill_server.folder)
    assert "locks" not in vm.deploy("v2", "--dry-run")[1]
    vm.sql(_TABLES)
    reference = vm.publish("v2")
    for command in (
        ("deploy", "--image", reference, "--version", "v2", "--dry-run"),
        ("backup", "create"),
        ("backup", "verify", "--restore"),
        ("deploy", "--image", reference, "--version", "v2"),
    ):
        code, said = vm.command(*command)
        assert code == 0, said
        words = " ".join(said.replace("│", " ").split())  # a plan is a table
        assert "PostgreSQL has room for 420: a rollback to a backup would fail" in words, command
    code, said = vm.command("rollback")
    assert code and "HINT: increase max_locks_per_transaction" in said


def test_a_restore_takes_as_many_as_are_counted(drill_server):
    drill_server.sql("CREATE DATABASE many")
    drill_server.sql(_TABLES, "many")
    counted = int(drill_server.sql(restore_locks.NEEDED, "many"))
    where = ("--host", str(drill_server.folder), "--username", "odoo", "many")
    dump = subprocess.run(["pg_dump", *where], capture_output=True, text=True, check=True).stdout
    version = int(drill_server.sql("SHOW server_version_num"))
    restore = script.header("many", version, []) + dump + f"\n\\o\n{_HELD}\nROLLBACK;\n\\endif\n"
    held = int(drill_server.sql(restore, "many").rpartition("held|")[2])
    assert held <= counted < held * 1.25
