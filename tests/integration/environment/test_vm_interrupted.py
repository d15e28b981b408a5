"""Runs that die, are told to stop, or find the machine as a boot left it: each comes to its end."""

from __future__ import annotations

import gzip
import hashlib
import multiprocessing
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from vm_migration import MIGRATION

from pipeline.environment.operations.deploy import DEPLOY
from pipeline.environment.operations.refresh import REFRESH
from pipeline.environment.runs import journal, run_history
from pipeline.environment.runs.journal import Journal
from pipeline.environment.runs.runner import Kind

MARKED = """
INSERT INTO ir_config_parameter (key, value) VALUES ('database.is_neutralized', 'True'),
  ('web.base.url.freeze', 'True');
CREATE TABLE ir_mail_server (smtp_host text);
UPDATE res_partner SET name = 'somebody else';
"""
NAMES = "SELECT DISTINCT name FROM res_partner ORDER BY 1"


def acting(event: str, step: str, action: Callable[[], None], before: bool = False) -> None:
    """In a process of its own: act when the journal comes to an event, before or after it."""
    real = Journal.write

    def write(self: Journal, kind: str, /, **data: object) -> None:
        mine = (kind, data.get("step")) == (event, step)
        if mine and before:
            action()
        real(self, kind, **data)
        if mine and not before:
            action()

    Journal.write = write  # type: ignore[method-assign]


def telling(kind: Kind) -> list[str]:
    """The steps that leave something to undo, those that decide the way, and what comes after.

    All of them, on machines: tests/e2e/test_matrix.py.
    """
    names = [step.name for step in kind.steps]
    accepted = next(number for number, step in enumerate(kind.steps) if step.accepts)
    chosen = [step.name for step in kind.steps if step.undo or step.alters or step.accepts]
    return [*chosen, names[accepted + 1], names[-1]]


def die() -> None:
    """As by kill -9: nothing more is done, and nothing is written."""
    os._exit(9)


def in_process(work: Callable[[], int]) -> int | None:
    """Do something in a copy of this process; gives its exit code."""

    def main() -> None:
        code = work()
        os._exit(code)

    process = multiprocessing.get_context("fork").Process(target=main)
    process.start()
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode


def open_to_all(vm) -> None:
    """Nothing is closed any more: proxy, database, lock."""
    assert not list((vm.host.environment.directory / "proxy/state").iterdir())
    asked = f"SELECT datallowconn FROM pg_database WHERE datname = '{vm.database}'"
    assert vm.server.sql(asked) == "t"
    assert vm.command("unlock") == (0, "the lock is free\n")


@pytest.fixture
def dump(vm, tmp_path: Path) -> Path:
    """A dump of an anonymized database, where a refresh brings it."""
    path = vm.host.runs / "refresh" / "uat.dump"
    path.parent.mkdir(parents=True)
    vm.server.sql("CREATE DATABASE made TEMPLATE template_odoo")
    vm.server.sql(MARKED, "made")
    program = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))[-1]
    options = ["--host", str(vm.home / "live"), "--username", "odoo", "--format=custom"]
    subprocess.run([program, *options, f"--file={path}", "made"], check=True)
    vm.server.sql("DROP DATABASE made")
    return path


@pytest.mark.parametrize("step", telling(REFRESH))
def test_a_refresh_killed_before_a_step_was_written_down_as_done(vm, dump, step) -> None:
    """Undone, or done when it had been accepted; the dump is gone, and no copy is open."""
    sha256 = hashlib.sha256(dump.read_bytes()).hexdigest()
    before = vm.sql(NAMES)

    def work() -> int:
        acting(journal.STEP_DONE, step, die, before=True)
        given = ("--dump", dump, "--sha256", sha256, "--id", "load-refresh-one-two")
        return vm.command("load-refresh", *given)[0]

    assert in_process(work) == 9
    past = run_history.find(vm.host.runs, "load-refresh-one-two")
    assert past.kind == "load-refresh" and past.unfinished
    code, said = vm.command("resume")
    past = run_history.find(vm.host.runs, "1")
    names = [one.name for one in REFRESH.steps]
    accepted = names.index("switch")
    done = names.index(step) > accepted
    assert past.story.outcome in (("done",) if done else ("failed", "rolled-back")), said
    assert not dump.exists()
    assert vm.sql(NAMES) == ("somebody else" if done else before)
    copies = [name for name in vm.databases() if name != vm.database]
    assert copies == (["mta-uat-aside-000001"] if done else [])
    shut = "SELECT count(*) FROM pg_database WHERE datallowconn AND datname LIKE 'mta-uat-%'"
    assert vm.server.sql(shut) == "0"
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
    open_to_all(vm)


@pytest.mark.parametrize("step", telling(DEPLOY))
def test_told_to_stop_at_any_step_on_prod(make_prod, step) -> None:
    """As `unlock --force` does: before the update all is as it was; in it PROD stops; later it
    needs a resume."""
    vm = make_prod()
    reference = vm.publish("v2", **MIGRATION)

    def work() -> int:
        acting(journal.STEP_BEGAN, step, lambda: os.kill(os.getpid(), signal.SIGTERM))
        return vm.command("deploy", "--image", reference, "--version", "v2")[0]

    names = [one.name for one in DEPLOY.steps]
    alters = names.index(next(one.name for one in DEPLOY.steps if one.alters))
    accepted = names.index("switch")
    code, at = in_process(work), names.index(step)
    [past] = run_history.history(vm.host.runs)
    assert "it was told to stop" in (past.story.ended or past.story.stuck or {})["message"]
    if at < alters:
        assert code in (4, 12) and past.story.outcome in ("failed", "rolled-back")
        assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
        assert vm.databases() == ["mta-prod"]
    elif at <= accepted:
        assert code == 13 and past.story.outcome == "stopped"
        assert vm.running("odoo-mta-web") == []
        rollback = past.story.ended["fix"].partition("--manifest ")[2]
        assert vm.command("rollback", "--manifest", rollback)[0] == 0
        assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
    else:
        assert code == 14 and vm.command("resume")[0] == 0
        assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v2"]
    open_to_all(vm)


def killed(vm, step: str) -> None:
    """A deployment that died in a step."""
    reference = vm.publish("v2", **MIGRATION)

    def work() -> int:
        acting(journal.STEP_DONE, step, die, before=True)
        return vm.command("deploy", "--image", reference, "--version", "v2")[0]

    assert in_process(work) == 9


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
    """PROD fails after its update, and is killed before it stands still: a person has to decide."""
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
    assert f"{past.name}: stopped" in said and past.story.ended["fix"] in said
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


@pytest.mark.parametrize("command", ["deploy", "rollback", "resume"])
def test_what_was_left_closed_is_opened_first(vm, command) -> None:
    """An older version closed the database; a page, and a pin, of a run that somebody ended."""
    assert vm.command("backup", "create")[0] == 0
    state = vm.host.environment.directory / "proxy" / "state"
    (state / "maintenance").touch()
    (state / "upstream.conf").write_text("set $odoo_host odoo-mta-web-3;\n")
    vm.server.sql('ALTER DATABASE "mta-uat" WITH ALLOW_CONNECTIONS false')
    code, said = vm.deploy("v2") if command == "deploy" else vm.command(command)
    assert code == 0, said
    assert vm.sql("SELECT 1") == "1"
    open_to_all(vm)


def test_a_dump_that_nobody_loads_does_not_stay(vm, dump) -> None:
    """The client died before the run began. A transfer that is under way is left alone."""
    old = dump.with_name("old.dump")
    old.write_bytes(b"rows")
    os.utime(old, (time.time() - 7200,) * 2)
    assert vm.command("resume")[0] == 0
    assert dump.exists() and not old.exists()


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
