"""Real faults of network, registry, backups and clients: nothing is lost, and it is said."""

from __future__ import annotations

import re
import shlex

import pytest

from bed_project import psql
from bed_stage import BACKUPS, BROKEN, HOME, NEW, OLD, sums

pytestmark = pytest.mark.faults

REGISTRY_DOWN = "iptables -A OUTPUT -d 10.87.0.1 -p tcp --dport 5000 -j REJECT"
REGISTRY_SILENT = REGISTRY_DOWN.replace("REJECT", "DROP")
REGISTRY_UP = "iptables -F OUTPUT"
#: After eight seconds.
REGISTRY_UP_LATER = f"nohup sh -c 'sleep 8; {REGISTRY_UP}' >/dev/null 2>&1 &"
FLIP = """
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(0, 2)
    middle = file.tell() // 2
    file.seek(middle)
    byte = file.read(1)[0]
    file.seek(middle)
    file.write(bytes([byte ^ 1]))
"""


def test_a_dump_that_is_killed(stage, web) -> None:
    stage.pipeline("backup", "create")
    before, backups = web(), sums(stage)
    kill = "timeout 30 sh -c 'until pkill -KILL -x pg_dump; do sleep 0.01; done'"
    ended = stage.during(stage.deploy(NEW), "step-began", "backup", kill)
    assert ended["acted"] and ended["code"] == 4, ended
    assert "pg_dump of mta-uat failed" in ended["out"]
    assert (web(), sums(stage)) == (before, backups)
    assert stage.whole() == OLD


def test_a_flipped_bit_in_a_backup(stage, web) -> None:
    stage.pipeline("backup", "create")
    before = web()
    listed = stage.machine.root(
        f"cd {BACKUPS} && ls database_*.dump.gz manifest_*.json && ls filestore_*/*/* | head -1"
    )
    paths = [f"{BACKUPS}/{name}" for name in listed.out.split()]
    assert len(paths) == 3
    for path in paths:
        flip = f"python3 - {path}"
        stage.machine.root(flip, input=FLIP.encode())
        assert "broken backups" in stage.pipeline("backup", "verify", ok=False), path
        manifest = next(one for one in paths if "manifest_" in one)
        said = stage.pipeline("rollback", "--manifest", manifest, ok=False)
        refusal = "not a manifest that can be trusted" if path == manifest else "is broken"
        assert refusal in said, said
        assert "maintenance" not in said and web() == before
        stage.machine.root(flip, input=FLIP.encode())
    assert stage.whole() == OLD


def test_a_registry_that_is_down(stage, web) -> None:
    before = web()
    stage.machine.root(REGISTRY_DOWN)
    said = stage.pipeline(*stage.deploy(NEW), ok=False)
    assert "cannot be pulled" in said and "nothing was stopped" in said
    assert web() == before
    stage.machine.root(REGISTRY_UP)
    stage.pipeline(*stage.deploy(NEW))
    stage.machine.root(REGISTRY_DOWN)
    stage.pipeline("rollback")  # the version before was kept on the VM
    assert stage.whole() == OLD


def test_a_registry_that_is_silent_and_one_that_is_slow(stage, web) -> None:
    """Nothing comes back from the first; the second begins to answer after a while."""
    before = web()
    stage.machine.root(REGISTRY_SILENT)
    said = stage.pipeline(*stage.deploy(NEW), ok=False)
    assert "cannot be pulled" in said and "nothing was stopped" in said
    assert web() == before
    stage.machine.root(REGISTRY_UP_LATER)
    stage.pipeline(*stage.deploy(NEW))
    assert stage.whole() == NEW


def test_a_rollback_to_an_image_that_is_nowhere(stage, web) -> None:
    stage.pipeline(*stage.deploy(NEW))
    before = web()
    old = stage.images[OLD]
    stage.machine.root(f"docker rmi -f $(docker image inspect --format '{{{{.Id}}}}' {old})")
    stage.machine.root(REGISTRY_DOWN)
    said = stage.pipeline("rollback", ok=False)
    assert "cannot be pulled" in said and "the backup holds no image" in said
    assert web() == before and stage.whole() == NEW
    stage.machine.root(REGISTRY_UP)
    stage.pipeline("rollback")
    assert stage.whole() == OLD


def test_an_alert_that_reaches_nobody(stage) -> None:
    """A channel that takes the connection and never answers changes nothing, and leaks nothing."""
    machine = stage.machine
    deaf = "import socket, time; s = socket.create_server(('127.0.0.1', 9100)); time.sleep(300)"
    machine.root(f"setsid python3 -c {shlex.quote(deaf)} >/dev/null 2>&1 & echo $! >/tmp/deaf")
    machine.write("/tmp/webhook", "http://127.0.0.1:9100/hidden-words\n", "600", "ubuntu")
    said = stage.pipeline(*stage.deploy(BROKEN), "--webhook-file", "/tmp/webhook", ok=False)
    machine.root("kill $(cat /tmp/deaf)")
    assert "warning: the team was not notified" in said
    assert stage.outcomes() == ["rolled-back"]
    assert "hidden-words" not in said
    assert machine.root(f"grep -r hidden-words {HOME}", ok=False).out == ""
    assert stage.whole() == OLD


def test_a_connection_that_is_cut_again_and_again(stage) -> None:
    """Half a second after it is there, every time; no line is lost or doubled.

    The registry answers late, so that there are enough of them on a fast machine, too.
    """
    stage.machine.root(REGISTRY_SILENT)
    client = stage.client("deploy-uat", "--tag=uat-v2.0.0", "--id=cut")
    cut = f"""
        cd /opt/odoo-mta/.deployments/runs
        until grep -q '"step": "pull"' ./*-cut/journal.jsonl 2>/dev/null; do sleep 0.05; done
        {REGISTRY_UP_LATER}
        until grep -q '"event": "ended"' ./*-cut/journal.jsonl; do
          if pkill -KILL -u ubuntu sshd-session; then echo cut; fi
          sleep 0.5
        done"""
    cuts = stage.machine.root(cut, ok=False, timeout=300).out.count("cut")
    said, _ = client.communicate(timeout=120)
    assert client.returncode == 0, said
    assert cuts >= 5
    printed = stage.machine.root("cat /home/ubuntu/.local/state/odoo-pipeline/cut/output").out
    lines = [line for line in said.splitlines() if re.match(r"\d\d:\d\d:\d\d ", line)]
    assert lines == [line for line in printed.splitlines() if re.match(r"\d\d:\d\d:\d\d ", line)]
    assert stage.whole() == NEW


def test_a_client_that_is_killed(stage) -> None:
    client = stage.client("deploy-uat", "--tag=uat-v2.0.0")
    stage.wait_for("step-began", "migrate")
    client.kill()
    client.communicate()
    again = stage.client("run", "--", "attach")
    said, _ = again.communicate(timeout=300)
    assert again.returncode == 0 and "ended: done" in said, said
    assert stage.whole() == NEW


def test_files_that_come_and_go_while_a_backup_runs(stage) -> None:
    """Odoo collects files of deleted attachments all the time; every backup has all of its own."""
    machine = stage.machine
    machine.write("/tmp/busy.py", _BUSY)
    shell = f"cd {HOME} && docker compose exec -T odoo-mta-web odoo shell --no-http -d mta-uat"
    machine.root(f"({shell}) </tmp/busy.py >/tmp/busy.log 2>&1 & sleep 0.1")
    machine.root("timeout 90 sh -c 'until grep -q busy: /tmp/busy.log; do sleep 0.2; done'")
    for _ in range(3):
        stage.pipeline("backup", "create")
    machine.root("docker exec odoo-mta-odoo-mta-web-1 touch /tmp/enough")
    machine.root("timeout 60 sh -c 'until grep -q end: /tmp/busy.log; do sleep 0.2; done'")
    [end] = re.findall(r"end: (\d+) (\d+)", machine.root("cat /tmp/busy.log").out)
    assert min(map(int, end)) > 20
    assert stage.pipeline("backup", "verify", "--restore", timeout=600).count("whole") == 3
    complete = f"grep -l '\"missing\": \\[\\]' {BACKUPS}/manifest_*.json | wc -l"
    assert machine.root(complete).out == "3\n"
    assert psql(machine, "SELECT count(*) FROM ir_attachment WHERE name LIKE 'staged %'") == "20"


#: Makes attachments, deletes most of them, and has their files collected, until it is enough.
_BUSY = """
import os, time
made = collected = 0
print("busy:", flush=True)
while not os.path.exists("/tmp/enough"):
    some = env["ir.attachment"].create(
        [{"name": f"busy {made + n}", "raw": os.urandom(2000)} for n in range(10)]
    )
    env.cr.commit()
    made += 10
    paths = [env["ir.attachment"]._full_path(one.store_fname) for one in some[:8]]
    some[:8].unlink()
    env.cr.commit()
    env["ir.attachment"]._gc_file_store()
    env.cr.commit()
    collected += sum(not os.path.exists(path) for path in paths)

print("end:", made, collected, flush=True)
"""


def test_a_tag_that_names_another_digest(stage, web) -> None:
    before = web()
    other = f"sha256:{'0' * 64}"
    client = stage.client("deploy-uat", "--tag=uat-v2.0.0", f"--digest={other}")
    said, _ = client.communicate(timeout=120)
    assert client.returncode and other in said and stage.images[NEW].partition("@")[2] in said
    assert web() == before and stage.outcomes() == []


def test_hostile_names(stage, web) -> None:
    before = web()
    mark = "$(touch /tmp/executed)`touch /tmp/executed`; touch /tmp/executed; '\"\n -- é"
    client = stage.client(
        "run", "--", "backup", "create", f"--reason='; DROP TABLE bed_boat; {mark}"
    )
    said, _ = client.communicate(timeout=120)
    assert client.returncode == 0, said
    digest = stage.images[NEW].partition("@")[2]
    for hostile in (
        ["deploy", "--image", f"{mark}@{digest}", "--version", "1"],
        ["deploy", "--image", stage.images[NEW], "--version", mark],
        ["deploy", "--image", stage.images[NEW], "--version", "1", "--id", "../../x"],
        ["rollback", "--manifest", f"../../../etc/{mark}"],
        ["rollback", "--manifest", "/etc/passwd"],
        ["attach", mark],
    ):
        said = stage.pipeline(*hostile, ok=False)
        assert "error: " in said and "Traceback" not in said
    assert stage.machine.root("ls /tmp/executed", ok=False).code
    assert web() == before and stage.whole() == OLD
