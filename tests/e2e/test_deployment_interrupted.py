"""Runs that are interrupted, on VMs: what the next one, a command or a person does about them."""

from __future__ import annotations

import re
import shlex
import time

import pytest

from bed_project import psql
from bed_stage import BACKUPS, BROKEN, HOME, NEW, OLD

pytestmark = pytest.mark.faults


def test_a_dead_lock_and_what_it_left(stage) -> None:
    """The next deployment takes the lock over, ends what was interrupted, and does its own work."""
    ended = stage.during(stage.deploy(NEW), "step-began", "migrate", "kill -9 $PID")
    assert ended["acted"], ended
    assert "interrupted: " in stage.pipeline("unlock")
    said = stage.pipeline(*stage.deploy(NEW))
    assert "the lock of a dead process was taken over" in said
    assert "first, the interrupted run" in said
    assert stage.outcomes() == ["rolled-back", "done"]
    assert stage.whole() == NEW


def test_a_run_that_no_resume_ends(stage, on) -> None:
    """Somebody removed its rollback point: abandoned from elsewhere, it blocks nothing any more."""
    stage.pipeline("backup", "create")
    ended = stage.during(stage.deploy(NEW), "step-began", "migrate", "sleep 2; kill -9 $PID")
    assert ended["acted"], ended
    point = stage.machine.root(
        "docker exec odoo-mta-db psql -U odoo -d postgres -tAc "
        "\"SELECT datname FROM pg_database WHERE datname LIKE 'mta-uat-before-%'\""
    ).out.strip()
    drop = f'DROP DATABASE \\"{point}\\"'
    stage.machine.root(f'docker exec odoo-mta-db psql -U odoo -d postgres -c "{drop}"')
    said = stage.pipeline("resume", ok=False)
    found = re.search(r"pipeline environment abandon --environment uat --run (\S+)", said)
    assert found and f"the rollback point {point} is not there" in said, said
    name = found[1]

    looked = on(stage.machine, "abandon", f"--run={name}")
    assert "not undone: " in looked and f'--apply --confirm "{name}"' in looked, looked
    wrong = on(stage.machine, "abandon", f"--run={name}", "--dry-run=false", ok=False)
    assert name in wrong and stage.outcomes()[-1] == "unfinished"
    words = (f"--run={name}", "--dry-run=false", f"--confirm={name}")
    assert f"{name}: abandoned" in on(stage.machine, "abandon", *words)
    assert stage.outcomes()[-1] == "abandoned"
    on(stage.machine, "rollback")
    assert stage.whole() == OLD


#: The guide's commands for a rollback by hand, on UAT.
BY_HAND = f"""
set -e
cd {HOME}
LATEST=$(ls -t {BACKUPS}/database_*.dump.gz | head -1)
zcat "$LATEST" | docker exec -i odoo-mta-db psql -U odoo -d mta-uat
docker-compose -f docker-compose.yml -f docker-compose.prod.yml down
docker-compose -f docker-compose.yml -f docker-compose.prod.yml up -d
"""


def test_the_guide_s_commands_right_after_a_kill(stage) -> None:
    """Nobody resumed: they work, visitors are let in, and a resume keeps what is there since."""
    ended = stage.during(stage.deploy(NEW), "step-began", "migrate", "sleep 2; kill -9 $PID")
    assert ended["acted"], ended
    machine = stage.machine
    machine.write("/tmp/by_hand.sh", BY_HAND, "755")
    said = machine.root("su - ubuntu -c 'bash /tmp/by_hand.sh'", timeout=300).out
    assert "restored: " in said, said
    ask = "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8069/web/health"
    deadline = time.monotonic() + 120
    while (status := machine.root(ask, ok=False).out) != "200":
        assert time.monotonic() < deadline, status
        time.sleep(0.5)
    psql(machine, "INSERT INTO res_partner (name) VALUES ('by hand')")
    assert "rolled-back" in stage.pipeline("resume")
    assert psql(machine, "SELECT count(*) FROM res_partner WHERE name = 'by hand'") == "1"
    assert stage.whole() == OLD


def test_an_update_that_fails_where_a_person_decides(stage) -> None:
    """It stops; the command in the error goes back, with what was written after the backup."""
    said = stage.pipeline(*stage.deploy(BROKEN), "--no-auto-rollback", ok=False)
    assert stage.outcomes() == ["stopped"]
    found = re.search(r"pipeline environment rollback --environment uat --manifest \S+", said)
    assert found, said
    stage.machine.root(f"su - ubuntu -c {shlex.quote(f'cd {HOME} && {found[0]}')}", timeout=300)
    assert stage.whole() == OLD


@pytest.mark.parametrize(("step", "version"), [("migrate", OLD), ("retire", NEW)])
def test_a_reboot_in_the_middle(stage, step, version) -> None:
    """The unit that a preparation installs ends the run, without anybody."""
    line = shlex.join(["pipeline", "environment", *stage.deploy(NEW), "--environment", "uat"])
    line = f"cd {HOME} && exec {line}"
    stage.machine.root(
        f"setsid su - ubuntu -c {shlex.quote(line)} >/dev/null 2>&1 </dev/null & sleep 0.1"
    )
    stage.wait_for("step-began", step)
    stage.machine.reboot()
    deadline = time.monotonic() + 180
    while stage.events()[-1]["event"] != "ended" and time.monotonic() < deadline:
        time.sleep(1)
    assert stage.whole() == version
