"""The rollback point, made and put back while other programs come back at once.

A real PostgreSQL. The database that Odoo uses is never closed: not during, and not after a kill.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from pipeline.core.errors import ToolError
from pipeline.environment.odoo import rollback_point

ROOT = Path(__file__).parents[3]
#: What a killed deployment does, in a process of its own.
GO_BACK = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from pipeline.core.settings.environments import resolve
from pipeline.core.settings import load
from pipeline.environment.host.host import Host
from pipeline.environment.odoo import rollback_point
settings = load(Path(sys.argv[2]))
host = Host(resolve(settings.project.name, settings.environments, "uat"), "pipeline-test")
print("ready", flush=True)
rollback_point.go_back(host, "mta-uat-before-000001", "mta-uat-aside-000001")
"""


@contextmanager
def clients(vm, number: int = 6) -> Iterator[list[int]]:
    """Programs that connect in a loop, work without end, and come back the moment they are ended.

    Gives how often each came in, one after the other.
    """
    enough, came = threading.Event(), [0] * number

    def work(me: int) -> None:
        dsn = f"host={vm.server.folder} user=odoo dbname={vm.database} application_name=other"
        while not enough.is_set():
            try:
                with psycopg.connect(dsn, autocommit=True) as connection:
                    came[me] += 1
                    connection.execute("SELECT pg_sleep(600)")
            except psycopg.Error:
                pass

    threads = [threading.Thread(target=work, args=(me,)) for me in range(number)]
    for thread in threads:
        thread.start()
    while not all(came):
        time.sleep(0.01)
    try:
        yield came
    finally:
        enough.set()
        ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        while any(thread.is_alive() for thread in threads):
            vm.server.sql(f"{ends} WHERE application_name = 'other'")
            time.sleep(0.02)


def open_to_all(vm) -> bool:
    """Whether Odoo's database takes connections, as the server has it written down."""
    asked = f"SELECT datallowconn FROM pg_database WHERE datname = '{vm.database}'"
    return vm.server.sql(asked) == "t"


def test_a_copy_is_made_though_others_come_back_at_once(vm) -> None:
    shut: list[bool] = []
    enough = threading.Event()

    def watch() -> None:
        while not enough.wait(0.01):
            shut.append(open_to_all(vm))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with clients(vm) as came:
        before = list(came)
        for number in range(3):
            rollback_point.make(vm.host, "mta-uat-before-000001", 1 << 20)
        assert vm.databases() == ["mta-uat", "mta-uat-before-000001"]
        deadline = time.monotonic() + 30
        while not all(now > then for now, then in zip(came, before, strict=True)):
            assert time.monotonic() < deadline, "they do not come in again"
            time.sleep(0.05)
    enough.set()
    watcher.join()
    assert len(shut) > 5 and all(shut)


def test_a_copy_takes_the_name_though_others_come_back_at_once(vm) -> None:
    rollback_point.make(vm.host, "mta-uat-before-000001", 1 << 20)
    vm.sql("UPDATE res_partner SET name = 'changed'")
    with clients(vm):
        rollback_point.go_back(vm.host, "mta-uat-before-000001", "mta-uat-aside-000001")
        assert open_to_all(vm)
    assert vm.databases() == ["mta-uat", "mta-uat-aside-000001"]
    assert "changed" not in vm.sql("SELECT name FROM res_partner")
    with pytest.raises(AssertionError, match="not currently accepting connections"):
        vm.server.sql("SELECT 1", "mta-uat-aside-000001")
    rollback_point.go_back(vm.host, "mta-uat-before-000001", "mta-uat-aside-000001")  # it was done


def ended(vm) -> None:
    """Wait until the server has ended what a killed client began, as every run does first.

    Its session is idle, too, while the server has not read yet what it was sent.
    """
    other = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + 30
    while vm.server.sql(f"SELECT count(*) FROM pg_stat_activity WHERE {other}") != "0":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_killed_at_any_moment_either_database_has_the_name_and_is_open(vm) -> None:
    """Kills over the time that it takes, and none: each time the manual commands could follow."""
    place, seen = vm.host.environment.directory, set()
    rollback_point.make(vm.host, "mta-uat-before-000001", 1 << 20)
    clock = time.monotonic()
    rollback_point.go_back(vm.host, "mta-uat-before-000001", "mta-uat-aside-000001")
    whole = time.monotonic() - clock
    for number in range(12):
        for name in vm.databases():
            if name != vm.database:
                vm.server.sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        vm.sql("DELETE FROM res_partner")
        rollback_point.make(vm.host, "mta-uat-before-000001", 1 << 20)
        vm.sql("INSERT INTO res_partner (name) VALUES ('after the update')")
        process = subprocess.Popen(
            [sys.executable, "-c", GO_BACK, str(ROOT / "scripts"), str(place)],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout and process.stdout.readline() == b"ready\n"
        if number < 11:
            time.sleep(whole * number / 6)
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=120)
        ended(vm)
        rows = vm.sql("SELECT count(*) FROM res_partner")  # connects: it is there, and open
        assert open_to_all(vm)
        seen.add(rows)
        rollback_point.go_back(vm.host, "mta-uat-before-000001", "mta-uat-aside-000001")
        assert vm.sql("SELECT count(*) FROM res_partner") == "0" and open_to_all(vm)
        assert vm.databases() == ["mta-uat", "mta-uat-aside-000001"]
    assert seen == {"0", "1"}


def test_a_missing_copy(vm) -> None:
    with pytest.raises(ToolError, match="is not there"):
        rollback_point.go_back(vm.host, "mta-uat-before-000001", "mta-uat-aside-000001")
    assert open_to_all(vm)
