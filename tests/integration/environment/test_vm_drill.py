"""Drills: a backup is restored where nothing else is, killed at every step, and leaves nothing."""

from __future__ import annotations

import json
import os
import signal

import pytest
from docker_stand_in.kept import calls_of

from pipeline.environment.backup import manifest
from pipeline.environment.operations import drill, start
from pipeline.environment.operations.steps.chosen_backup import request
from pipeline.environment.runs import journal, run_history

LIVE = """
CREATE PUBLICATION for_bi; CREATE CAST (int AS interval) WITH INOUT; CREATE SCHEMA tools;
CREATE EXTENSION hstore WITH SCHEMA tools; SELECT lo_create(50001);
"""


@pytest.fixture
def drilled(make_prod, drill_server):
    """PROD with a backup, and a live database that has got more since."""
    vm = make_prod()
    (vm.home / "drill").symlink_to(drill_server.folder)
    vm.sql(LIVE)
    vm.attach(b"an invoice")
    assert vm.command("backup", "create")[0] == 0
    vm.sql("CREATE TABLE newer (id int); CREATE PUBLICATION newer; DROP SCHEMA tools CASCADE")
    yield vm
    drill_server.sql(f'DROP DATABASE IF EXISTS "{vm.database}" WITH (FORCE)')


def nothing_is_left(vm):
    state = vm.state
    assert not [name for name in state["containers"] if "pipeline-" in name]
    assert state["networks"] == []
    assert not [*vm.host.runs.rglob("*.env"), *vm.host.runs.rglob("drill")]
    assert vm.running("odoo-mta-web") == ["v1"]
    assert vm.sql("SELECT to_regclass('newer')") == "newer"


def test_a_drill_restores_twice_over_what_is_live(drilled):
    vm = drilled
    code, said = vm.command("backup", "verify", "--restore")
    assert code == 0, said
    assert "restored twice" in said and "Odoo works" in said and "a PDF of 12 KB was made" in said
    calls = calls_of(vm.home)
    [server] = [one for one in calls if one[0] == "run" and "fsync=off" in one]
    for name in ("max_locks_per_transaction", "max_connections", "max_prepared_transactions"):
        assert f"{name}={vm.sql(f'SHOW {name}')}" in server
    [started] = [one for one in calls if one[0] == "run" and "--max-cron-threads=0" in one]
    text = " ".join(started)
    assert "target=/backup,readonly" in text and f"--user {os.getuid()}:{os.getgid()}" in text
    assert (
        "--network pipeline-odoo-mta-prod-000002-drill-network" in text and "PASSWORD" not in text
    )
    nothing_is_left(vm)
    assert "never" not in vm.command("backup", "list")[1]
    assert [past.kind for past in run_history.history(vm.host.runs)] == ["backup", "drill"]


def test_a_row_that_got_lost_is_found(drilled):
    path = next(drilled.backups.glob("manifest_*.json"))
    data = json.loads(path.read_text())
    data["rows"]["public.res_partner"] += 1
    data["rows"]["public.gone"] = 3
    del data["sha256"]
    data["sha256"] = manifest._checksum(data)
    path.write_text(json.dumps(data))
    code, said = drilled.command("backup", "verify", "--restore", "--format", "json")
    assert code == 1
    [row] = json.loads(said.partition("\n]")[0] + "\n]")
    assert "public.gone has no rows, not 3" in row["problems"][0]
    assert "public.res_partner has 2 rows, not 3" in row["problems"][0]
    nothing_is_left(drilled)


@pytest.mark.parametrize(
    ("fault", "expected", "message"),
    [
        ("make_pdf", 1, "Odoo cannot render a report as PDF"),
        ("--dbname mta-prod --output", 1, "cannot be loaded into mta-prod"),
        ("--max-cron-threads=0", 4, "odoo: FAILED: `docker run"),
        ("--schema-only", 4, "populate: FAILED: `docker exec"),
        ("networks/create", 4, "server: FAILED: Docker cannot make the network"),
    ],
)
def test_a_drill_that_fails_leaves_nothing(drilled, fault, expected, message):
    """What is wrong with the machine says nothing of the backup: it stays the verified one."""
    assert drilled.command("backup", "verify")[0] == 0
    drilled.change(faults=[fault])
    code, said = drilled.command("backup", "verify", "--restore")
    assert code == expected and message in " ".join(said.split()), said
    assert ("broken backups" in said) == (expected == 1)
    drilled.change(faults=[])
    assert ("never" in drilled.command("backup", "list")[1]) == (expected == 1)
    nothing_is_left(drilled)


def test_an_image_that_was_pulled_for_it_is_removed_again(drilled):
    vm = drilled
    before = vm.state["images"]
    # Another one runs: an image that a container runs from would be here.
    containers = {
        name: one | ({"image": "sha256:newer"} if "odoo-mta-" in name else {})
        for name, one in vm.state["containers"].items()
    }
    vm.change(images={}, registry={}, containers=containers)
    code, said = vm.command("backup", "verify", "--restore")
    assert code == 0, said
    assert "it is loaded from the backup" in said and vm.state["images"] == {}
    vm.change(images=before)


@pytest.mark.parametrize("step", ["image", "server", "restore", "odoo", "remove"])
def test_a_killed_drill_leaves_nothing_after_a_resume(drilled, step):
    [chosen] = drilled.backups.glob("manifest_*.json")

    def listen(event):
        if event["event"] == journal.STEP_DONE and event["step"] == step:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        caller = start.Caller(listen=listen)
        start.start(drilled.host, drill.DRILL, request(chosen), caller)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert drilled.command("resume")[0] == 0
    nothing_is_left(drilled)
    outcome = run_history.find(drilled.host.runs, "").story.outcome
    assert outcome == ("done" if step == "remove" else "failed")
