"""Backups and the ways back, with a stand-in for Docker and a real database."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess

import pytest
from vm_migration import MIGRATION

from pipeline.environment.operations import start
from pipeline.environment.operations.deploy import DEPLOY, DeployRequest
from pipeline.environment.runs import journal, run_history


def names(vm):
    return sorted(path.name for path in vm.backups.iterdir() if path.name != "images")


def by_hand(vm, content, database="mta-uat"):
    """`zcat … | docker exec -i odoo-mta-db psql -U odoo -d …`, as the guide has it."""
    return vm.shell(f"zcat | docker exec -i odoo-mta-db psql -U odoo -d {database}", content)


def test_a_backup_and_the_next_one(vm, drill_server):
    (vm.home / "drill").symlink_to(drill_server.folder)
    name = vm.attach(b"an invoice")
    vm.sql("INSERT INTO ir_attachment (name, store_fname) VALUES ('lost', '00/00'), ('x', '../x')")
    code, said = vm.command("backup", "create", "--reason", "a test")
    assert code == 0, said
    assert "lacks 2 files" in said
    vm.attach(b"another one")
    assert vm.command("backup", "create")[0] == 0
    first, second = sorted(vm.backups.glob("filestore_*"))
    assert (first / name).stat().st_ino == (second / name).stat().st_ino
    live = vm.home / "data" / "filestore" / vm.database / name
    assert (first / name).stat().st_ino != live.stat().st_ino
    assert not [path for path in names(vm) if path.endswith(".partial")]
    code, said = vm.command("backup", "list", "--format", "json")
    rows = json.loads(said)
    assert [(row["files"], row["reason"], row["verified"]) for row in rows] == [
        (1, "a test", ""),
        (2, "by hand", ""),
    ]
    code, said = vm.command("backup", "verify", "--restore")
    assert code == 0, said
    assert "never" not in vm.command("backup", "list")[1]
    (second / name).write_bytes(b"an invoicf")  # the first has the same file
    code, said = vm.command("backup", "verify", "--format", "json")
    problems = [row["problems"] for row in json.loads(said.partition("\n]")[0] + "\n]")]
    assert code == 1 and problems == [
        [f"{store.name}/{name} is broken"] for store in (first, second)
    ]
    code, said = vm.command("rollback")
    assert code == 10 and "is broken" in said and vm.running("odoo-mta-web") == ["v1"]


def test_a_dump_that_fails_leaves_no_backup(vm):
    vm.change(faults=["pg_dump"])
    code, said = vm.command("backup", "create")
    assert code == 4 and "pg_dump of mta-uat failed" in said and "exit code 1" in said
    assert names(vm) == []
    code, said = vm.deploy("v2", **MIGRATION)
    assert code == 4 and vm.running("odoo-mta-web") == ["v1"]
    assert vm.sql("SELECT count(*) FROM pg_locks WHERE relation = 'ir_attachment'::regclass") == "0"


def test_the_manual_restore_on_a_live_migrated_database(vm):
    vm.command("backup", "create")
    [dump] = vm.backups.glob("database_*.dump.gz")
    whole = dump.read_bytes()
    assert vm.deploy("v2", **MIGRATION)[0] == 0
    vm.sql("CREATE SCHEMA other; CREATE TABLE other.more (id int)")
    vm.sql("INSERT INTO res_partner (name) VALUES ('later')")
    psql = ["psql", "-XAtq", "-d", vm.database, "-c", "SELECT pg_sleep(60)"]
    with subprocess.Popen(psql, stderr=subprocess.DEVNULL) as session:
        middle = len(whole) // 2
        broken = bytearray(whole)
        broken[middle] ^= 0x55  # not merely set: it may have had that value
        for content in (whole[:middle], bytes(broken)):
            # The exit code is psql's: 0 when `zcat` gave it nothing at all. The last line counts.
            said = by_hand(vm, content)[1]
            assert "gzip: " in said and "restored:" not in said
            assert vm.sql("SELECT count(*) FROM res_partner WHERE name = 'later'") == "1"
            assert vm.sql("SELECT to_regclass('new_in_v2')") == "new_in_v2"
        code, said = by_hand(vm, whole, "postgres")
        assert code != 0 and "this is a backup of mta-uat, not of postgres" in said
        code, said = by_hand(vm, whole)
        assert code == 0 and said.startswith('restored: "mta-uat" as of'), said
        assert session.wait(10) != 0  # sessions of others were ended
    assert vm.sql("SELECT to_regclass('new_in_v2') IS NULL") == "t"
    assert vm.sql("SELECT to_regnamespace('other') IS NULL") == "t"
    assert vm.sql("SELECT name FROM res_partner ORDER BY id") == "Anaïs\ntab\there"
    assert vm.sql("SELECT unaccent('é'), provolatile FROM pg_proc WHERE proname = 'unaccent'")
    assert vm.sql("INSERT INTO res_partner (name) VALUES ('next') RETURNING id") == "3"


def test_the_commit_comes_after_the_checksum_of_all_the_rest(vm):
    vm.command("backup", "create")
    [dump] = vm.backups.glob("database_*.dump.gz")
    last = dump.read_bytes().rindex(b"\x1f\x8b\x08")
    assert b"\nCOMMIT;\n" in gzip.decompress(dump.read_bytes()[last:])
    assert b"COMMIT;" not in gzip.decompress(dump.read_bytes()[:last])


def test_back_to_a_backup(vm):
    name = vm.attach(b"an invoice")
    assert vm.deploy("v2", **MIGRATION)[0] == 0
    [chosen] = vm.backups.glob("manifest_*.json")
    vm.sql("INSERT INTO res_partner (name) VALUES ('later')")
    (vm.home / "data" / "filestore" / vm.database / name).unlink()
    code, said = vm.command("rollback", "--manifest", chosen.name)
    assert code == 0, said
    assert "res_partner: 1 new" in said and "1 files of the filestore were put back" in said
    assert vm.sql("SELECT to_regclass('new_in_v2') IS NULL") == "t"
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
    aside = [one for one in vm.databases() if one != vm.database]
    assert (
        vm.server.sql("SELECT datallowconn FROM pg_database WHERE datname = '%s'" % aside[0]) == "f"
    )
    assert (vm.home / "data" / "filestore" / vm.database / name).exists()


def test_production_stops_and_the_named_command_goes_back(make_prod):
    vm = make_prod()
    vm.sql("INSERT INTO res_partner (name) VALUES ('before the stop')")
    code, said = vm.deploy("v2", exit=3, **MIGRATION)
    assert code == 13, said
    manifest = said.rpartition("--manifest ")[2].strip()
    assert vm.running("odoo-mta-web") == [] and vm.running("odoo-mta-cron") == []
    code, said = vm.command("status", "--format", "json")
    status = json.loads(said)
    assert status["health"].startswith("BAD") and status["version"] == "v1"
    assert [run["outcome"] for run in status["runs"]] == ["stopped"]
    code, said = vm.command("rollback", "--manifest", manifest)
    assert code == 0, said
    assert "restoring the database" not in said  # the rollback point is newer than the dump
    assert vm.sql("SELECT to_regclass('new_in_v2') IS NULL") == "t"
    assert vm.sql("SELECT count(*) FROM res_partner WHERE name = 'before the stop'") == "1"
    assert vm.running("odoo-mta-web") == ["v1"]
    assert len(list((vm.backups / "images").iterdir())) == 2  # the image, and its layers


def killed_at(vm, step, reference):
    """Deploy in another process, which is killed when a step begins."""

    def listen(event):
        if event["event"] == journal.STEP_BEGAN and event["step"] == step:
            os.kill(os.getpid(), signal.SIGKILL)

    asked = DeployRequest(image=reference, version="v2", reason="before v2", auto_rollback=True)
    child = os.fork()
    if child == 0:
        start.start(vm.host, DEPLOY, asked, start.Caller(listen=listen))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


@pytest.mark.parametrize("step", ["backup", "rollback-point", "migrate", "health", "retire"])
def test_an_interrupted_deployment_is_ended(vm, step):
    vm.sql("INSERT INTO res_partner (name) VALUES ('before')")
    killed_at(vm, step, vm.publish("v2", **MIGRATION))
    past = run_history.find(vm.host.runs, "")
    assert past.unfinished
    assert step in vm.command("attach", "", "--patience", "0")[1]
    assert past.name in vm.command("unlock")[1]
    code, said = vm.command("resume")
    assert code == 0, said
    after = step == "retire"
    assert run_history.find(vm.host.runs, "").story.outcome == {
        "backup": "failed",
        "retire": "done",
    }.get(step, "rolled-back")
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v2" if after else "v1"]
    assert vm.sql("SELECT to_regclass('new_in_v2') IS NOT NULL") == ("t" if after else "f")
    assert vm.sql("SELECT count(*) FROM res_partner WHERE name = 'before'") == "1"
    assert "nothing was interrupted" in vm.command("resume")[1]


def test_history_attach_logs_and_pruning(vm):
    assert vm.deploy("v2", "--id", "mine", **MIGRATION)[0] == 0
    code, said = vm.command("attach", "mine")
    assert code == 0 and "ended: done" in said
    assert vm.command("attach", "nobody")[0] == 2
    code, said = vm.command("deploy", "--image", vm.publish("v3"), "--version", "v3", "--id", "old")
    assert code == 10
    assert vm.command("attach", "old")[0] == 10
    rows = json.loads(vm.command("history", "--format", "json")[1])
    assert [(row["version"], row["outcome"]) for row in rows] == [("v2", "done"), ("v3", "failed")]
    assert "v2" in vm.command("history")[1]
    assert "a line of the log" in vm.command("logs")[1]
    assert vm.command("logs", "--run", "mine")[0] == 0
    assert vm.command("logs", "--service", "-f")[0] == 2
    assert "the lock is free" in vm.command("unlock")[1]
    assert "good" in vm.command("status")[1]
    assert "would go" in vm.command("backup", "prune", "--dry-run")[1]
    rows = json.loads(vm.command("backup", "prune", "--format", "json")[1])
    assert [row["kept"] for row in rows] == [False, True]  # of one day, the newest
    assert len(list(vm.backups.glob("database_*"))) == 1
