"""After a rollback to an older backup nothing is sent twice: held, listed, released, dropped."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outbox_rows import DUE, EVERYTHING, KINDS, TABLES

from pipeline.environment.outbox import hold_sql, holding


@pytest.fixture
def prod(make_prod: Callable[[], Any]) -> Any:
    """PROD with rows of all that Odoo sends."""
    vm = make_prod()
    vm.sql(TABLES)
    return vm


def contents(vm: Any) -> str:
    """All rows of all tables, in an order."""
    return vm.sql(f"SELECT * FROM ({EVERYTHING}) AS u ORDER BY t, x ->> 'id'")


def backup(vm: Any) -> str:
    code, said = vm.command("backup", "create")
    assert code == 0, said
    return said.strip().splitlines()[-1]


def load(vm: Any, dump: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Load a dump as the guide does."""
    argv = ["psql", "-U", "odoo", "-h", str(vm.server.folder), "-d", vm.database, *options]
    return subprocess.run(argv, input=gzip.decompress(dump.read_bytes()), capture_output=True)


def listed(vm: Any, *options: str) -> list[dict[str, Any]]:
    code, said = vm.command("outbox", "--format", "json", *options)
    assert code == 0, said
    return json.loads(said) if said.strip().startswith("[") else []


def count(vm: Any) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for row in listed(vm):
        numbers[row["model"]] = numbers.get(row["model"], 0) + 1
    return numbers


def due(vm: Any) -> int:
    """How much Odoo would send now."""
    return len(holding._waiting(vm.host, vm.database))


def hold(vm: Any, past: holding.PutAside = holding.PutAside()) -> holding.Outbox:
    return holding.hold(vm.host, past, "000009-test")


def test_every_kind_is_tried() -> None:
    """A kind that is added has to be added here, too."""
    assert {kind.model for kind in KINDS} == {*DUE, "mail.notification.web.push"}


def test_all_that_would_be_sent_is_held_and_put_back_as_it_was(prod: Any) -> None:
    before = contents(prod)
    found = hold(prod)
    assert count(prod) == DUE
    assert {one.model: one.rows for one in found.held} == DUE
    assert found.not_held == {}
    assert due(prod) == 0
    held = contents(prod)
    hold(prod)  # a resume does it again
    assert contents(prod) == held and count(prod) == DUE
    assert prod.command("outbox", "--release")[0] == 0  # a dry run
    assert contents(prod) == held
    code, said = prod.command("outbox", "--release", "--apply")
    assert code == 0 and f"{sum(DUE.values())} released" in said
    assert contents(prod) == before
    assert listed(prod) == []


def test_what_is_dropped_is_never_sent(prod: Any) -> None:
    hold(prod)
    code, said = prod.command("outbox", "--drop", "--apply")
    assert code == 0 and f"{sum(DUE.values())} dropped" in said
    # Schedules go on, from now.
    left = {row["model"] for row in holding._waiting(prod.host, prod.database)}
    assert left == {"base.automation", "calendar.alarm"}
    assert (
        prod.sql(
            "SELECT active, last_run > now() - interval '1 day' FROM base_automation "
            "WHERE id = 1"
        )
        == "t|t"
    )
    assert (
        prod.sql("SELECT active, lastcall > now() - interval '1 day' FROM ir_cron " "WHERE id = 1")
        == "t|t"
    )
    assert (
        prod.sql("SELECT state, next_run_date > CURRENT_DATE FROM digest_digest " "WHERE id = 1")
        == "activated|t"
    )
    assert prod.sql("SELECT count(*) FROM mail_scheduled_message") == "0"


def test_a_rollback_holds_and_says_what_was_sent_meanwhile(prod: Any) -> None:
    chosen = backup(prod)
    # Meanwhile: the first mail is sent and, as its auto_delete says, gone; the SMS is sent.
    prod.sql("DELETE FROM mail_mail WHERE id = 1; UPDATE sms_sms SET state = 'sent' WHERE id = 1")
    code, said = prod.command("rollback", "--manifest", chosen)
    assert code == 0, said
    assert due(prod) == 0
    verdicts = {(row["model"], row["id"]): row["verdict"] for row in listed(prod)}
    assert verdicts["mail.mail", 1] == "sent"
    assert verdicts["mail.mail", 3] == "not-sent"
    assert verdicts["sms.sms", 1] == "sent"
    assert verdicts["queue.job", 1] == "not-sent"
    assert "mail.mail: 1, sent, or ended, meanwhile" in said
    assert "pipeline environment outbox --environment prod" in said
    assert "ada" not in said.lower()
    [fact] = [
        run
        for run in json.loads(prod.command("history", "--format", "json")[1])
        if run["kind"] == "rollback"
    ]
    assert fact["held"] == sum(DUE.values())
    status = json.loads(prod.command("status", "--format", "json")[1])
    assert status["held"] == DUE
    assert "not sent until you decide" in " ".join(prod.command("status")[1].split())
    closed = prod.server.sql("SELECT datallowconn FROM pg_database WHERE datname LIKE '%-aside-%'")
    assert closed == "f"
    # Only what was not sent goes out.
    code, said = prod.command("outbox", "--release", "--only", "not-sent", "--apply")
    assert code == 0, said
    waiting = {(row["model"], row["id"]) for row in holding._waiting(prod.host, prod.database)}
    assert ("mail.mail", 3) in waiting and ("mail.mail", 1) not in waiting
    code, said = prod.command("outbox", "--drop", "--apply")
    assert listed(prod) == []
    history = json.loads(prod.command("history", "--format", "json")[1])
    assert [run["version"] for run in history if run["kind"] == "outbox"] == [
        "release not-sent",
        "drop",
    ]


def test_the_guides_manual_restore_holds_as_well(prod: Any) -> None:
    backup(prod)
    [dump] = prod.backups.glob("database_*.dump.gz")
    done = load(prod, dump)
    said = done.stdout.decode().splitlines()
    assert done.returncode == 0 and done.stderr == b""
    assert said[-1].startswith("restored: ")
    assert f"{sum(DUE.values())} rows that would be sent are held" in said[-2]
    assert due(prod) == 0
    assert {row["verdict"] for row in listed(prod)} == {"unknown"}


def test_what_is_held_travels_in_backups(prod: Any) -> None:
    hold(prod)
    chosen = backup(prod)
    prod.sql("UPDATE mail_mail SET state = 'sent'")
    assert prod.command("rollback", "--manifest", chosen)[0] == 0
    assert count(prod) == DUE


def test_rollback_of_a_rollback_keeps_what_was_known(prod: Any) -> None:
    chosen = backup(prod)
    prod.sql("DELETE FROM mail_mail WHERE id = 1")
    assert prod.command("rollback", "--manifest", chosen)[0] == 0
    assert prod.command("rollback", "--manifest", chosen)[0] == 0
    verdicts = {(row["model"], row["id"]): row["verdict"] for row in listed(prod)}
    assert verdicts["mail.mail", 1] == "sent" and verdicts["mail.mail", 3] == "not-sent"


def test_a_number_that_is_used_again_is_not_taken_for_the_same_mail(prod: Any) -> None:
    chosen = backup(prod)
    prod.sql("UPDATE mail_mail SET create_date = '2020-01-01' WHERE id = 1")
    assert prod.command("rollback", "--manifest", chosen)[0] == 0
    verdicts = {(row["model"], row["id"]): row["verdict"] for row in listed(prod)}
    assert verdicts["mail.mail", 1] == "unknown"


def test_the_moment_of_the_stop_holds_only_what_was_sent_since(prod: Any) -> None:
    """A deployment that stopped: nobody sent anything, unless somebody started Odoo by hand."""
    code, said = prod.deploy("v2", version="19.0.2.0.0", exit=1)
    assert code != 0
    manifest = said.rpartition("rollback --environment prod --manifest ")[2].split()[0]
    prod.sql("UPDATE mail_mail SET state = 'sent' WHERE id = 1")
    code, said = prod.command("rollback", "--manifest", manifest)
    assert code == 0 and "restoring the database" not in said, said
    assert [(row["model"], row["id"]) for row in listed(prod)] == [("mail.mail", 1)]
    assert due(prod) == sum(DUE.values()) - 1


def test_what_somebody_changed_is_left_and_what_cannot_go_back_stays(prod: Any) -> None:
    hold(prod)
    prod.sql(
        "UPDATE mail_mail SET state = 'sent' WHERE id = 1;"
        "INSERT INTO queue_job (uuid, state, identity_key) VALUES ('e', 'pending', 'same');"
        "DELETE FROM mail_push_device"
    )
    code, said = prod.command("outbox", "--release", "--apply")
    assert code == 0, said
    assert "1 changed by somebody since" in said
    assert "2 cannot be restored now" in said
    assert count(prod) == {"mail.push": 1, "queue.job": 1}
    assert prod.sql("SELECT state FROM mail_mail WHERE id = 1") == "sent"


#: The first cannot be held; the second is one of all schedules.
_ELSEWHERE = ("sms.sms", "calendar.alarm")


def test_a_kind_that_cannot_be_held_does_not_stop_a_restore(prod: Any) -> None:
    prod.sql("ALTER TABLE sms_sms ADD CHECK (state <> 'canceled')")
    found = hold(prod)
    assert found.not_held == {"sms.sms": 1}
    assert any("could not be held" in line for line in holding.text(found, "prod"))
    # Nothing runs by itself that could send it.
    assert prod.sql("SELECT count(*) FROM ir_cron WHERE active") == "0"
    held = {**DUE, "ir.cron": 6}
    assert count(prod) == {name: held[name] for name in held if name not in _ELSEWHERE}
    prod.sql("UPDATE sms_sms SET state = 'sent'")
    assert prod.command("outbox", "--release", "--model", "ir.cron", "--apply")[0] == 0
    assert prod.sql("SELECT count(*) FROM ir_cron WHERE active") == "6"


def test_a_database_without_any_of_it(make_prod: Callable[[], Any]) -> None:
    vm = make_prod()
    assert "nothing is held back" in vm.command("outbox")[1]
    found = hold(vm)
    assert found == holding.Outbox()
    assert holding.text(found, "prod") == ["nothing waits to be sent"]
    code, said = vm.command("outbox", "--drop", "--apply")
    assert code == 0 and "nothing that matches is held" in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--release", "--drop"), "mutually exclusive"),
        (("--apply",), "needs an action"),
        (("--model", "res.partner"), "res.partner is never held back"),
    ],
)
def test_bad_options(prod: Any, options: tuple[str, ...], message: str) -> None:
    before = contents(prod)
    code, said = prod.command("outbox", *options)
    assert code == 2 and message in said
    assert contents(prod) == before


def test_a_drill_compares_what_was_backed_up(prod: Any) -> None:
    """The dump holds nothing when it is only tried."""
    backup(prod)
    [dump] = prod.backups.glob("database_*.dump.gz")
    before = contents(prod)
    assert load(prod, dump, "-v", "as_is=1").returncode == 0
    assert contents(prod) == before


def test_no_statement_depends_on_a_search_path() -> None:
    """pg_dump sets an empty one, and a customer's may shadow tables."""
    for statement in (hold_sql.hold(KINDS), hold_sql.decide(KINDS, True, "true", "x")):
        for kind in KINDS:
            assert f" {kind.table} " not in statement


def test_a_projects_own_schedule(prod: Any) -> None:
    place = prod.host.environment.directory
    settings = place / "pipeline.toml"
    settings.write_text(settings.read_text() + 'schedules = ["own_addon.remind"]\n')
    prod.sql(
        "INSERT INTO ir_cron (active) VALUES (true), (true); INSERT INTO ir_model_data "
        "(module, name, model, res_id) VALUES ('own_addon', 'remind', 'ir.cron', 8), "
        "('own_addon', 'count', 'ir.cron', 9)"
    )
    chosen = backup(prod)
    assert prod.command("rollback", "--manifest", chosen)[0] == 0
    assert [row["id"] for row in listed(prod, "--model", "ir.cron")] == [2, 4, 5, 6, 8]
    assert prod.sql("SELECT string_agg(id::text, ',' ORDER BY id) FROM ir_cron WHERE active") == (
        "3,9"
    )
    settings.write_text(settings.read_text().replace("own_addon.remind", "a'b; DROP"))
    code, said = prod.command("outbox")
    assert code != 0 and "schedules" in said
