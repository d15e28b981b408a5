"""Time limits end what runs, on the server too; looking never gets in anybody's way."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import threading
import time
from dataclasses import replace
from multiprocessing.synchronize import Event

import psycopg
import pytest

from pipeline.core import limits
from pipeline.core.errors import TimeLimitError, ToolError
from pipeline.core.settings.environments import Environments, resolve
from pipeline.environment.host import docker, sessions, sql
from pipeline.environment.host.host import Host
from pipeline.environment.odoo import row_changes
from pipeline.environment.runs import lock

BUSY = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pipeline-test'"


def limited(vm, **seconds: int) -> Host:
    """The environment with other limits."""
    return Host(replace(vm.host.environment, **seconds), "pipeline-test")


def test_a_statement_that_takes_too_long_ends_on_the_server(vm) -> None:
    clock = time.monotonic()
    with pytest.raises(TimeLimitError, match="raise command_seconds"):
        limited(vm, command_seconds=1).sql("SELECT pg_sleep(600);\n")
    assert time.monotonic() - clock < 30
    assert vm.server.sql(BUSY) == "0"


def test_data_get_the_time_that_their_size_needs(vm) -> None:
    """At the slowest rate that counts as progress; this statement is in time because of it."""
    host = limited(vm, command_seconds=1)
    host.sql("SELECT pg_sleep(2);\n", size=host.environment.slowest_mib_per_second << 26)


def test_what_runs_in_the_container_ends_when_its_client_was_killed(vm) -> None:
    """`docker exec` leaves it running: its own limit ends it, and the server ends the statement."""
    argv = docker.psql(vm.host.environment, "postgres", "pipeline-test", 2)
    environment = {"PATH": os.environ["PATH"]}
    client = subprocess.Popen(argv, stdin=subprocess.PIPE, env=environment)
    assert client.stdin
    client.stdin.write(b"SELECT pg_sleep(600);\n")
    client.stdin.flush()
    while vm.server.sql(BUSY + " AND state = 'active'") == "0":
        time.sleep(0.05)
    client.kill()
    client.communicate()
    deadline = time.monotonic() + 30
    while vm.server.sql(BUSY) != "0":
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_server_that_no_longer_answers_holds_up_nobody_who_ends_its_sessions(
    tmp_path, monkeypatch
) -> None:
    """psql does not read any more, and the pipe to it is full: the error comes all the same."""
    environment = resolve("odoo-mta", Environments(), "uat")
    host = Host(replace(environment, directory=tmp_path, command_seconds=1), "pipeline-test")
    (tmp_path / ".env").write_text("ENVIRONMENT=uat\n")
    monkeypatch.setattr(limits, "CLIENT", 0.5)
    monkeypatch.setattr(docker, "psql", lambda *arguments: ("sleep", "60"))
    monkeypatch.setattr(sql, "end_sessions", lambda database: "x" * (1 << 20))

    def fails(self: Host, statements: str, size: int = 0) -> None:
        time.sleep(1)
        raise ToolError("PostgreSQL did not do it", "")

    monkeypatch.setattr(Host, "sql", fails)
    clock = time.monotonic()
    with pytest.raises(ToolError, match="did not do it"):
        sessions.without(host, "mta-uat", "")
    assert time.monotonic() - clock < 30


def test_counting_is_bounded_and_raises_nothing(vm) -> None:
    """A table that cannot be read in time is named; the others are counted all the same."""
    vm.sql(
        "CREATE TABLE other (id serial, create_date timestamp, write_date timestamp);"
        "INSERT INTO other (create_date, write_date)"
        " SELECT now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC' FROM generate_series(1, 5);"
        "CREATE TABLE indexed AS SELECT * FROM other; CREATE INDEX ON indexed (write_date);"
        "UPDATE indexed SET create_date = '2020-01-01' WHERE id > 3;"
    )
    dsn = f"host={vm.server.folder} user=odoo dbname={vm.database}"
    with psycopg.connect(dsn) as connection:
        connection.execute("LOCK TABLE res_partner IN ACCESS EXCLUSIVE MODE")
        clock = time.monotonic()
        found = row_changes.since(limited(vm, count_seconds=2), "2026-01-01 00:00:00+00")
        assert time.monotonic() - clock < 30
    assert found.uncounted == ["res_partner"] and not found.problem
    rows = {row.name: (row.new, row.changed) for row in found.rows}
    assert rows == {"other": (5, 0), "indexed": (3, 2)}
    assert "not counted: res_partner: too large" in row_changes.text(found)
    assert vm.server.sql(BUSY) == "0"
    vm.change(faults=["exec --interactive"])
    broken = row_changes.since(vm.host, "2026-01-01 00:00:00+00")
    assert broken.problem and "not all could be counted" in row_changes.text(broken)


def test_counting_survives_a_connection_that_breaks_off_in_the_middle_of_a_line(
    tmp_path, monkeypatch
) -> None:
    environment = resolve("odoo-mta", Environments(), "uat")
    host = Host(replace(environment, directory=tmp_path), "pipeline-test")
    (tmp_path / ".env").write_text("ENVIRONMENT=uat\n")
    table = {"name": "sale_order", "pages": 1, "indexed": True}
    monkeypatch.setattr(Host, "rows", lambda *arguments: [table])
    half = ("sh", "-c", 'read first; printf \'{"name": "sale_o\'')
    monkeypatch.setattr(docker, "psql", lambda *arguments, **options: half)
    found = row_changes.since(host, "2026-01-01 00:00:00+00")
    assert found.uncounted == ["sale_order"] and found.problem and not found.rows


def _look(folder: str, enough: Event) -> None:
    from pathlib import Path

    while not enough.is_set():
        lock.holder(Path(folder))


def test_whoever_looks_never_has_the_lock(tmp_path) -> None:
    """Four processes ask without a pause, while the lock is taken again and again."""
    context = multiprocessing.get_context("spawn")
    enough = context.Event()
    lookers = [context.Process(target=_look, args=(str(tmp_path), enough)) for _ in range(4)]
    with lock.held(tmp_path, lock.owner("first")):
        for looker in lookers:
            looker.start()
        time.sleep(2)
    try:
        for number in range(300):
            with lock.held(tmp_path, lock.owner(f"run {number}")):
                assert lock.holder(tmp_path).what == f"run {number}"
        assert lock.holder(tmp_path) is None
    finally:
        enough.set()
        for looker in lookers:
            looker.join(30)


def test_polling_the_status_does_not_disturb_a_deployment(vm) -> None:
    enough = threading.Event()
    seen: list[int] = []

    def poll() -> None:
        while not enough.is_set():
            lock.holder(vm.host.runs)
            seen.append(1)

    threads = [threading.Thread(target=poll) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        code, said = vm.deploy("v2")
    finally:
        enough.set()
        for thread in threads:
            thread.join()
    assert code == 0 and len(seen) > 100, said
