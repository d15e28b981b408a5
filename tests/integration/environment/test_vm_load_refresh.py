"""An anonymized dump takes the place of UAT's database, or nothing changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from anonymized_dump import write_dump
from vm_migration import MIGRATION

from pipeline.environment.runs import alerts


@pytest.fixture
def dump(vm, tmp_path: Path) -> Callable[..., Path]:
    """Makes a dump of an anonymized database; statements change it before."""

    return lambda more="": write_dump(vm, tmp_path / "uat.dump", more)


def sha256(path: Path) -> str:
    """What the dump is known by."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load(vm, path: Path, digest: str = "", *more: str) -> tuple[int, str]:
    """Load it."""
    return vm.command("load-refresh", "--dump", path, "--sha256", digest or sha256(path), *more)


def names(vm) -> set[str]:
    """The partners of UAT."""
    return set(vm.sql("SELECT name FROM res_partner").split("\n"))


def test_the_new_database_runs_and_the_old_one_is_kept(vm, dump) -> None:
    path = dump()
    before = names(vm)
    code, said = load(vm, path)
    assert code == 0, said
    assert names(vm) == {"somebody else"}
    aside = next(name for name in vm.databases() if "-aside-" in name)
    assert vm.databases() == ["mta-uat", aside]
    vm.server.sql(f'ALTER DATABASE "{aside}" WITH ALLOW_CONNECTIONS true')
    kept = vm.server.sql("SELECT name FROM res_partner", aside)
    assert set(kept.split("\n")) == before
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
    assert len(list(vm.backups.glob("manifest_*.json"))) == 1
    assert not path.exists()
    code, said = vm.command("history", "--format", "json")
    assert code == 0 and "load-refresh" in said


@pytest.mark.parametrize(
    "more, said",
    [
        ("DELETE FROM ir_config_parameter WHERE key LIKE 'web%';", "lacks the marks"),
        ("INSERT INTO ir_mail_server VALUES ('mail.real.test');", "lacks the marks"),
    ],
    ids=["not-anonymized", "mail-server"],
)
def test_what_is_not_anonymized_is_not_loaded(vm, dump, more: str, said: str) -> None:
    before = names(vm)
    code, answer = load(vm, dump(more))
    assert code != 0 and said in answer
    assert names(vm) == before and vm.databases() == ["mta-uat"]
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]


def test_a_damaged_or_missing_dump_changes_nothing(vm, dump, tmp_path: Path) -> None:
    before, path = names(vm), dump()
    digest, cut = sha256(path), path.read_bytes()[:-200]
    path.write_bytes(cut)
    code, said = load(vm, path, digest)
    assert code != 0 and "is not the file that was verified" in said
    assert not path.exists()  # whatever is in it, nobody has to remember it
    path.write_bytes(cut)
    code, said = load(vm, path)  # the right sum of a file that was cut before
    assert code != 0, said
    assert not path.exists()
    code, said = load(vm, tmp_path / "none", digest)
    assert code != 0 and "cannot be read" in said
    assert names(vm) == before and vm.databases() == ["mta-uat"]
    assert vm.running("odoo-mta-web") == ["v1"]


def test_a_dump_for_another_image_is_not_loaded(vm, dump) -> None:
    """UAT was deployed meanwhile: its code and the database would not fit."""
    before = names(vm)
    code, said = load(vm, dump(), "", "--image", "registry.test/mta@sha256:0000")
    assert code != 0 and "start the refresh again" in said
    assert names(vm) == before and vm.databases() == ["mta-uat"]


def test_real_personal_data_is_recorded_and_the_team_is_notified(vm, dump, monkeypatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(alerts, "send", lambda address, text: sent.append(text) or "")
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/")
    assert load(vm, dump(), "", "--what", "PROD 1.0.0")[0] == 0
    assert sent == []
    assert load(vm, dump(), "", "--what", "PROD 1.0.0", "--not-anonymized")[0] == 0
    assert len(sent) == 1 and "load-refresh PROD 1.0.0 NOT ANONYMIZED done" in sent[0]
    assert "PROD 1.0.0 NOT ANONYMIZED" in vm.command("history", "--format", "json")[1]


def test_bad_health_brings_the_old_database_back(vm, dump) -> None:
    before, path = names(vm), dump("UPDATE ir_module_module SET state = 'to upgrade';")
    code, said = load(vm, path)
    assert code == 12, said
    assert "Everything is as it was before" in said
    assert names(vm) == before and vm.databases() == ["mta-uat"]
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]


def test_prod_is_never_refreshed(make_vm, tmp_path: Path) -> None:
    path = tmp_path / "uat.dump"
    path.write_bytes(b"a dump")
    code, said = load(make_vm("prod"), path)
    assert code == 2 and "PROD is never refreshed" in said


def test_real_personal_data_is_not_kept(vm, dump) -> None:
    """Neither in a backup, nor in the database that the next refresh replaces, nor as a file."""
    assert load(vm, dump(), "", "--not-anonymized")[0] == 0
    manifests = len(list(vm.backups.glob("manifest_*.json")))
    code, said = vm.command("backup", "create")
    assert code == 2 and "a backup would keep it" in said
    mine = vm.attach(b"of a tester")
    theirs = vm.attach(b"a contract of Anna")
    vm.sql(f"DELETE FROM ir_attachment WHERE store_fname = '{theirs}'")
    files = vm.home / "data" / "filestore" / vm.database
    listed = vm.host.runs / "files-of-prod"
    listed.write_text(f"{mine}\n{theirs}\n../../escaped\n")
    # What fails leaves UAT as it was, and removes what no attachment of it names.
    bad = dump("UPDATE ir_module_module SET state = 'to upgrade';")
    assert load(vm, bad)[0] == 12
    assert (files / mine).exists() and not (files / theirs).exists()
    assert listed.read_text().split() == [mine]
    code, said = load(vm, dump())
    assert code == 0 and "is not kept" in said, said
    assert not (files / mine).exists() and not listed.exists()
    assert not [name for name in vm.databases() if "-aside-" in name]
    assert len(list(vm.backups.glob("manifest_*.json"))) == manifests
    assert vm.command("backup", "create")[0] == 0


def raw(vm) -> list[str]:
    """The databases with PROD's personal data."""
    found = []
    for name in vm.databases():
        vm.server.sql(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
        query = "SELECT count(*) FROM ir_config_parameter WHERE key = 'pipeline.not_anonymized'"
        found += [name] if vm.server.sql(query, name) != "0" else []
        if name != vm.database:
            vm.server.sql(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
    return found


def test_a_rollback_keeps_no_copy_of_real_personal_data(vm, dump) -> None:
    assert load(vm, dump(), "", "--not-anonymized")[0] == 0
    assert raw(vm) == [vm.database]
    theirs = vm.attach(b"a contract of Anna")
    (vm.host.runs / "files-of-prod").write_text(f"{theirs}\n")
    code, said = vm.command("rollback")
    assert code == 0 and "has PROD's personal data, and was removed" in said, said
    assert raw(vm) == []
    assert not (vm.home / "data" / "filestore" / vm.database / theirs).exists()


def test_no_earlier_run_keeps_a_copy_of_real_personal_data(vm, dump) -> None:
    """A deployment that failed put its database aside; the next refresh has people replaced."""
    assert load(vm, dump(), "", "--not-anonymized")[0] == 0
    assert vm.deploy("v2", **(MIGRATION | {"healthy": False}))[0] == 12
    assert len(raw(vm)) == 2
    code, said = load(vm, dump())
    assert code == 0 and raw(vm) == [], said


def test_a_dump_that_says_that_it_is_not_anonymized_is_believed(vm, dump) -> None:
    before = names(vm)
    mark = "INSERT INTO ir_config_parameter (key, value) VALUES ('pipeline.not_anonymized', '1');"
    code, said = load(vm, dump(mark))
    assert code != 0 and "marked as not anonymized" in said
    assert names(vm) == before
