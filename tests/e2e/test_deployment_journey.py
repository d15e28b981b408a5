"""A project's way to UAT and to PROD, and back, by `dagger call` against stand-ins for two VMs."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator

import pytest

from bed import ROOT, Machine
from bed_project import answers, prepare, psql
from pipeline.cli.options.phrases import DEPLOY_PROD

#: On a VM: once somebody has the lock, its process is stopped, and its id is printed.
STOP_THE_OWNER = b"""
import json, os, signal, time
while True:
    try:
        owner = json.load(open("/opt/odoo-mta/.deployments/lock"))["pid"]
        os.kill(owner, signal.SIGSTOP)
        break
    except (OSError, ValueError):
        time.sleep(0.1)
print(owner)
"""


@pytest.fixture
def prepared_uat(uat, on, project) -> Iterator[Machine]:
    prepare(on, uat, project)
    yield uat


def test_names_and_keys_are_looked_at_before_anything_else(uat_machine, on, versions) -> None:
    """Wrong ones stop with one clear error, and the VM has seen nothing."""
    mark = uat_machine.root("ls -A /home/ubuntu /opt; docker ps -aq").out
    said = on(uat_machine, "deploy", ok=False, host="-oProxyCommand=x")
    assert "--host '-oProxyCommand=x' is not valid" in said
    said = on(uat_machine, "deploy", "--tag=uat-v1.0.0", ok=False, known_hosts="\n")
    assert "is not pinned" in said
    assert uat_machine.known_hosts.strip() in said
    stranger = f"{uat_machine.address} {(uat_machine.key.parent / 'root.pub').read_text()}"
    said = on(uat_machine, "doctor", ok=False, known_hosts=stranger)
    assert "another host key than the pinned one" in said
    assert uat_machine.root("ls -A /home/ubuntu /opt; docker ps -aq").out == mark


def test_production_needs_the_phrase_before_anything_is_contacted(uat_machine, on) -> None:
    confirm = f"--confirm={DEPLOY_PROD.text.lower()}"
    elsewhere = {"host": "192.0.2.1", "environment": "prod"}
    said = on(uat_machine, "deploy", "--version=1.0.0", confirm, ok=False, **elsewhere)
    assert "nothing was contacted" in said


def test_a_vm_is_prepared_as_the_settings_of_the_source_say(uat, on, project) -> None:
    said = prepare(on, uat, project)
    assert "made     the clone" in said
    assert "/opt/odoo-mta, backups in /backups/odoo-mta/test" in said
    kept = uat.root("cat /opt/odoo-mta/.env").out
    assert "uat: 0 things were made" in prepare(on, uat, project)
    assert uat.root("cat /opt/odoo-mta/.env").out == kept
    doctor = json.loads(on(uat, "doctor", "--format=json").partition("\n]")[0] + "\n]")
    assert all(check["good"] for check in doctor)


def test_a_deployment(prepared_uat, on, versions) -> None:
    """The shortest one, in the usual tests: what a client sends to a VM is run nowhere else."""
    text = on(prepared_uat, "deploy", "--tag=uat-v1.0.0")
    assert "ended: done" in text and f"UAT ran {versions['1.0.0']}" in text
    assert answers(prepared_uat) == "200"
    status = json.loads(_json(on(prepared_uat, "status", "--format=json")))
    assert status["version"] == "1.0.0" and status["digest"] == versions["1.0.0"]
    assert "bed_boats" in on(prepared_uat, "deploy", "--tag=uat-v2.0.0", "--dry-run")


@pytest.mark.faults
def test_uat_from_an_empty_vm_to_a_migration_and_back_from_a_broken_one(
    uat, on, project, versions, registry
) -> None:
    prepare(on, uat, project)
    text = on(uat, "deploy", "--tag=uat-v1.0.0")
    assert "ended: done" in text
    assert f"UAT ran {versions['1.0.0']}" in text
    assert answers(uat) == "200"
    psql(uat, "INSERT INTO bed_boat (name) VALUES ('Ada')")

    assert "bed_boats" in on(uat, "deploy", "--tag=uat-v2.0.0", "--dry-run")
    on(uat, "deploy", "--tag=uat-v2.0.0")
    assert psql(uat, "SELECT name, length FROM bed_boat") == "Ada|7"
    psql(uat, "INSERT INTO bed_boat (name) VALUES ('Grace')")

    registry.tag("uat-latest", registry.manifest(versions["3.0.0"]))
    text = on(uat, "deploy", "--tag=uat-latest", ok=False)
    assert "Everything is as it was before." in text
    assert psql(uat, "SELECT string_agg(name, ',' ORDER BY name) FROM bed_boat") == "Ada,Grace"
    assert answers(uat) == "200"
    assert registry.digest("uat-latest") == versions["2.0.0"]
    status = json.loads(_json(on(uat, "status", "--format=json")))
    assert status["version"] == "2.0.0"
    assert status["digest"] == versions["2.0.0"]
    assert status["lock"] is None


@pytest.mark.faults
def test_a_cut_connection_a_killed_client_and_two_at_once(prepared_uat, on, versions) -> None:
    """The VM continues alone; a second deployment loses and says to whom; attach tells the end."""
    uat = prepared_uat
    results: list[str] = []
    first = threading.Thread(target=lambda: results.append(on(uat, "deploy", "--tag=uat-v1.0.0")))
    first.start()
    # It has the lock, and keeps it for as long as the second one takes to lose.
    owner = uat.root("timeout 300 python3 -", input=STOP_THE_OWNER, timeout=310).out.strip()
    loser = on(uat, "deploy", "--tag=uat-v1.0.0", ok=False)
    assert "deploy" in loser and "ubuntu" in loser
    uat.root(f"kill -CONT {owner}")
    uat.root("pkill -KILL -u ubuntu sshd-session")
    first.join(600)
    assert results and "ended: done" in results[0]
    assert "ended: done" in on(uat, "attach")
    assert answers(uat) == "200"


@pytest.mark.faults
def test_prod_deploys_what_uat_ran_and_goes_back_by_hand_and_by_tool(
    prod, on, project, versions, registry
) -> None:
    prepare(on, prod, project)
    confirmed = f"--confirm={DEPLOY_PROD.text}"
    text = on(prod, "deploy", "--version=1.0.0", confirmed, "--allow-untested")
    assert f"prod-v1.0.0 is {versions['1.0.0']}" in text
    psql(prod, "INSERT INTO bed_boat (name) VALUES ('Ada')")
    on(prod, "deploy", "--version=2.0.0", confirmed, "--allow-untested")
    assert psql(prod, "SELECT length FROM bed_boat") == "7"

    guide = (ROOT / "tests" / "e2e" / "manual_rollback.sh").read_text()
    prod.write("/tmp/guide.sh", guide)
    prod.root("su - ubuntu -c 'bash -euo pipefail /tmp/guide.sh'", timeout=300)
    assert psql(prod, "SELECT name FROM bed_boat") == "Ada"
    assert psql(prod, "SELECT count(*) FROM pg_tables WHERE tablename = 'bed_harbour'") == "0"

    backups = on(prod, "backup list")
    manifest = re.findall(r"manifest_\w+\.json", backups)[-1]
    psql(prod, "INSERT INTO bed_boat (name) VALUES ('lost')")
    text = on(prod, "rollback", f"--manifest={manifest}")
    assert "ended: done" in text
    assert psql(prod, "SELECT name FROM bed_boat") == "Ada"
    assert answers(prod) == "200"


def _json(text: str) -> str:
    return text[text.index("{") : text.index("\n}") + 2]
