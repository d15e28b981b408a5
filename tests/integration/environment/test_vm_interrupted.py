"""Runs that are killed or told to stop, or find the machine as a boot left it: each ends well."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path

import pytest
from anonymized_dump import write_dump
from interrupted_runs import acting, deciding_steps, die, in_process, open_to_all
from vm_migration import MIGRATION

from pipeline.environment.operations.deploy import DEPLOY
from pipeline.environment.operations.refresh import REFRESH
from pipeline.environment.runs import journal, run_history

NAMES = "SELECT DISTINCT name FROM res_partner ORDER BY 1"


@pytest.fixture
def dump(vm, tmp_path: Path) -> Path:
    """A dump of an anonymized database, where a refresh brings it."""
    path = vm.host.runs / "refresh" / "uat.dump"
    path.parent.mkdir(parents=True)
    return write_dump(vm, path)


@pytest.mark.parametrize("step", deciding_steps(REFRESH))
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


@pytest.mark.parametrize("step", deciding_steps(DEPLOY))
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
    assert "the run was asked to stop" in (past.story.ended or past.story.stuck).message
    if at < alters:
        assert code in (4, 12) and past.story.outcome in ("failed", "rolled-back")
        assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
        assert vm.databases() == ["mta-prod"]
    elif at <= accepted:
        assert code == 13 and past.story.outcome == "stopped"
        assert vm.running("odoo-mta-web") == []
        assert vm.command("status")[1].endswith(f"\nwhat to do: {past.story.ended.fix}\n")
        rollback = past.story.ended.fix.partition("--manifest ")[2]
        assert vm.command("rollback", "--manifest", rollback)[0] == 0
        assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
    else:
        assert code == 14 and past.story.stuck.fix in vm.command("status")[1]
        assert vm.command("resume")[0] == 0
        assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v2"]
    assert "what to do" not in vm.command("status")[1]
    open_to_all(vm)


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
