"""What `resume` does with an interrupted run: it waits, undoes, and keeps what people did."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import threading
import time

from interrupted_runs import acting, die, in_process, killed, open_to_all
from vm_migration import MIGRATION

from pipeline.environment.runs import journal, run_history
from pipeline.environment.runs.journal import Journal


def test_a_resume_waits_for_docker_and_postgresql(make_prod) -> None:
    vm = make_prod()
    killed(vm, "migrate")
    vm.change(faults=["exec --interactive"])
    later = threading.Timer(4, lambda: vm.change(faults=[]))
    later.start()
    code, said = vm.command("resume")
    later.join()
    assert code == 0 and "rolled-back" in said, said
    assert vm.sql("SELECT to_regclass('new_in_v2') IS NULL") == "t"
    assert vm.running("odoo-mta-web") == ["v1"]


def test_a_resume_that_ends_stopped_names_the_command_and_does_not_pass(make_prod) -> None:
    """PROD fails after its update, and is killed before it stops: a person has to decide."""
    vm = make_prod()
    reference = vm.publish("v2", **MIGRATION)

    def work() -> int:
        acting(journal.STEP_BEGAN, "start", lambda: os.kill(os.getpid(), signal.SIGTERM))
        acting(journal.STEP_FAILED, "start", die)
        return vm.command("deploy", "--image", reference, "--version", "v2")[0]

    assert in_process(work) == 9
    code, said = vm.command("resume")
    [past] = run_history.history(vm.host.runs)
    assert code == 13 and past.story.outcome == "stopped", said
    assert f"{past.name}: stopped" in said and past.story.ended.fix in said
    assert "nothing was interrupted" in vm.command("resume")[1]


def test_a_resume_that_waits_in_vain_changes_nothing(make_prod) -> None:
    vm = make_prod()
    killed(vm, "migrate")
    settings = vm.host.environment.directory / "pipeline.toml"
    settings.write_text(settings.read_text() + "boot_seconds = 1\n")
    [past] = run_history.history(vm.host.runs)
    before = (past.folder / journal.FILE_NAME).read_bytes()
    vm.change(faults=["GET /version"])
    clock = time.monotonic()
    code, said = vm.command("resume")
    assert code == 4 and time.monotonic() - clock < 30, said
    assert (past.folder / journal.FILE_NAME).read_bytes() == before
    vm.change(faults=[])
    assert vm.command("resume")[0] == 0 and vm.running("odoo-mta-web") == ["v1"]


def test_a_run_of_an_unknown_kind_is_not_closed(vm) -> None:
    """A newer version left it: this one says so, and touches neither it nor Odoo."""
    folder = run_history.create(vm.host.runs, "re-index", "of-tomorrow")
    diary = Journal(folder / journal.FILE_NAME)
    diary.write(
        journal.BEGAN, kind="re-index", environment="uat", request={}, owner={}, pipeline="9.0"
    )
    diary.write(journal.STEP_BEGAN, step="stop")
    before = diary.path.read_bytes()
    code, said = vm.command("resume")
    assert code == 14 and "its kind `re-index`" in said and "9.0" in said, said
    code, said = vm.deploy("v2", **MIGRATION)
    assert code == 14 and "000001-re-index-of-tomorrow was interrupted" in said, said
    assert diary.path.read_bytes() == before and vm.running("odoo-mta-web") == ["v1"]
    assert run_history.find(vm.host.runs, "of-tomorrow").kind == "re-index"


def restored_by_hand(vm) -> None:
    """The guide's command, with the newest backup; then somebody works in it."""
    newest = sorted(vm.backups.glob("database_*.dump.gz"))[-1]
    ended = subprocess.run(
        ["docker", "exec", "-i", "odoo-mta-db", "psql", "-U", "odoo", "-d", vm.database],
        input=gzip.decompress(newest.read_bytes()),
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        timeout=60,
    )
    assert ended.returncode == 0 and b"restored: " in ended.stdout, ended.stderr
    vm.sql("INSERT INTO res_partner (name) VALUES ('by hand')")


def test_a_database_that_was_restored_by_hand_stays(make_prod) -> None:
    """After a kill somebody did what the guide says, and people work: a resume keeps that."""
    vm = make_prod()
    killed(vm, "migrate")
    restored_by_hand(vm)
    code, said = vm.command("resume")
    assert code == 0 and "was restored by hand meanwhile" in said, said
    assert vm.sql("SELECT count(*) FROM res_partner WHERE name = 'by hand'") == "1"
    assert vm.sql("SELECT to_regclass('new_in_v2') IS NULL") == "t"
    assert vm.databases() == [vm.database]
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
    open_to_all(vm)


def test_a_killed_rollback_restores_once(vm) -> None:
    """What was written since the restore is not lost to a second one; `.env` has its version."""
    assert vm.deploy("v2", **MIGRATION)[0] == 0

    def work() -> int:
        acting(journal.STEP_DONE, "restore", die, before=True)
        return vm.command("rollback")[0]

    assert in_process(work) == 9
    assert "ODOO_VERSION=v1" in vm.host.environment.dotenv.read_text()
    vm.sql("INSERT INTO res_partner (name) VALUES ('by hand')")
    code, said = vm.command("resume")
    assert code == 0 and "the database was restored already" in said, said
    assert vm.sql("SELECT count(*) FROM res_partner WHERE name = 'by hand'") == "1"
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
    open_to_all(vm)
