"""What a restored database would send reaches nobody, until somebody says so: real mails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from bed_project import psql
from bed_stage import BACKUPS, HOME, OLD, Stage

pytestmark = pytest.mark.faults

CAUGHT = "/tmp/caught"
#: A mail server that writes down each recipient and keeps nothing else.
CATCHER = f"""
import socketserver

class Catcher(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\\r\\n")

    def handle(self):
        self.say("220 catcher")
        while line := self.rfile.readline():
            word = line.split(b":")[0].split()[0].upper()
            if word == b"RCPT":
                to = line.decode().partition("<")[2].partition(">")[0]
            if word == b"DATA":
                self.say("354 go on")
                while self.rfile.readline() not in (b".\\r\\n", b""):
                    pass
                with open("{CAUGHT}", "a") as file:
                    file.write(to + "\\n")
            self.say("221 bye" if word == b"QUIT" else "250 good")
            if word == b"QUIT":
                return

socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("0.0.0.0", 2525), Catcher).serve_forever()
"""
QUEUE = """
env["ir.mail_server"].create({{"name": "catcher", "smtp_host": "{gateway}", "smtp_port": 2525,
                              "smtp_encryption": "none"}})
for name in ("sent", "waits"):
    env["mail.mail"].create({{"subject": name, "body_html": name, "auto_delete": True,
        "email_from": "odoo@example.org", "email_to": name + "@example.org"}})
env.cr.commit()
"""
SEND = """
env["mail.mail"].search([("subject", "=", "sent")]).send(raise_exception=True)
env.cr.commit()
"""
MAIL_QUEUE = (
    "(SELECT res_id FROM ir_model_data WHERE module = 'mail' "
    "AND name = 'ir_cron_mail_scheduler_action')"
)
COMPOSE = f"cd {HOME} && docker compose"


@pytest.fixture
def caught(stage: Stage) -> Iterator[Callable[[], list[str]]]:
    """Who got a mail, in order. The mail server runs on the VM itself."""
    machine = stage.machine
    machine.root("cat > /tmp/catcher.py", input=CATCHER.encode())
    machine.root(f"rm -f {CAUGHT}; touch {CAUGHT}")
    started = "setsid python3 /tmp/catcher.py </dev/null >/tmp/catcher.log 2>&1 & echo $!"
    process = machine.root(started).out.strip()
    yield lambda: machine.root(f"cat {CAUGHT}").out.split()
    machine.root(f"kill {process}", ok=False)


def shell(stage: Stage, code: str) -> None:
    """Run Python in Odoo."""
    command = f"{COMPOSE} exec -T odoo-mta-web odoo shell --no-http -d mta-uat"
    stage.machine.root(command, input=code.encode(), timeout=120)


def run_the_queue(stage: Stage) -> None:
    """Let Odoo's own schedule send mails, and wait until it did."""
    machine = stage.machine
    before = psql(machine, f"SELECT lastcall FROM ir_cron WHERE id = {MAIL_QUEUE}")
    due = "nextcall = now() AT TIME ZONE 'UTC' - interval '1 minute'"
    wake = "docker exec odoo-mta-db psql -U odoo -d postgres -c \"NOTIFY cron_trigger, 'mta-uat'\""
    deadline = time.monotonic() + 150
    while psql(machine, f"SELECT lastcall FROM ir_cron WHERE id = {MAIL_QUEUE}") == before:
        assert time.monotonic() < deadline, "the schedule does not run"
        psql(machine, f"UPDATE ir_cron SET {due} WHERE id = {MAIL_QUEUE} AND nextcall > now()")
        machine.root(wake)
        time.sleep(2)
    time.sleep(1)  # the schedule's time is written when it began


def test_mails_of_a_restored_backup(stage: Stage, caught: Callable[[], list[str]]) -> None:
    machine = stage.machine
    install = "exec -T odoo-mta-web odoo -d mta-uat -i mail --stop-after-init --no-http"
    machine.root(f"{COMPOSE} {install}", timeout=240)
    machine.root(f"{COMPOSE} stop odoo-mta-cron")
    form = "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}"
    web = f"$(cd {HOME} && docker compose ps -q odoo-mta-web)"
    gateway = machine.root(f"docker inspect --format '{form}' {web}").out.strip()
    shell(stage, QUEUE.format(gateway=gateway))
    stage.pipeline("backup", "create")
    shell(stage, SEND)
    assert caught() == ["sent@example.org"]

    said = stage.pipeline("rollback")
    assert "mail.mail: 1, not sent meanwhile" in said
    assert "mail.mail: 1, sent, or ended, meanwhile" in said
    assert "example.org" not in said
    run_the_queue(stage)
    assert caught() == ["sent@example.org"]
    assert "mail.mail 2" in stage.pipeline("status")

    stage.pipeline("outbox", "--release", "--only", "not-sent", "--apply")
    run_the_queue(stage)
    assert caught() == ["sent@example.org", "waits@example.org"]
    stage.pipeline("outbox", "--drop", "--apply")
    run_the_queue(stage)
    assert caught() == ["sent@example.org", "waits@example.org"]
    assert "nothing is held back" in stage.pipeline("outbox", "--model", "mail.mail")
    assert stage.whole() == OLD

    # The guide's commands, by hand: both mails wait in the dump, and both are held.
    newest = f"$(ls -t {BACKUPS}/database_*.dump.gz | head -1)"
    load = f"zcat {newest} | docker exec -i odoo-mta-db psql -U odoo -d mta-uat"
    restored = machine.root(load, timeout=120).out
    assert "that would be sent are held" in restored and "restored: " in restored
    machine.root(f"{COMPOSE} down && {COMPOSE.partition('&& ')[2]} up -d", timeout=180)
    run_the_queue(stage)
    assert caught() == ["sent@example.org", "waits@example.org"]
