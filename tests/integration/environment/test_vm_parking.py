"""A failure before the database was changed leaves Odoo as it was, on PROD as well."""

from __future__ import annotations

import pytest
from vm_migration import MIGRATION

from pipeline.environment.runs import run_history


def untouched(vm) -> None:
    """The version that ran runs, open to visitors, and nothing is left over."""
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
    assert vm.databases() == [vm.database]
    assert not list((vm.host.environment.directory / "proxy/state").iterdir())
    assert vm.sql("SELECT to_regclass('new_in_v2') IS NULL") == "t"


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("compose up --detach --no-deps odoo-mta-proxy", "rolled-back"),
        ("compose stop odoo-mta-cron", "rolled-back"),
    ],
    ids=["maintenance", "stop"],
)
def test_prod_stands_when_a_step_before_the_update_fails(make_prod, fault, outcome) -> None:
    vm = make_prod()
    vm.change(faults=[fault])
    code, said = vm.deploy("v2", **MIGRATION)
    assert code == 12 and "Everything is as it was before" in said, said
    assert run_history.find(vm.host.runs, "").story.outcome == outcome
    untouched(vm)


def test_prod_stands_when_its_rollback_point_cannot_be_made(make_prod) -> None:
    """PostgreSQL may not make a folder for it, as on a disk that is full or read-only."""
    vm = make_prod()
    folder = vm.server.folder / "data" / "base"
    folder.chmod(0o500)
    try:
        code, said = vm.deploy("v2", **MIGRATION)
    finally:
        folder.chmod(0o700)
    assert code == 12 and "Permission denied" in said, said
    untouched(vm)


def test_prod_stops_once_the_update_began(make_prod) -> None:
    vm = make_prod()
    code, said = vm.deploy("v2", exit=3, **MIGRATION)
    assert (
        code == 13 and "pipeline environment rollback --environment prod --manifest" in said
    ), said
    assert vm.running("odoo-mta-web") == []


def test_what_was_down_stays_down(make_prod) -> None:
    """A failure puts back what was there: an Odoo that somebody had stopped is not started."""
    vm = make_prod()
    vm.deploy("v2", exit=3, **MIGRATION)
    vm.change(faults=["compose stop odoo-mta-cron"])
    code, said = vm.deploy("v3", **MIGRATION)
    assert code == 12, said
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == []


@pytest.mark.parametrize(
    "fault",
    ["compose up --detach --no-deps odoo-mta-proxy", "compose stop odoo-mta-cron", "--output /dev"],
    ids=["maintenance", "stop", "restore"],
)
@pytest.mark.parametrize("name", ["uat", "prod"])
def test_a_rollback_that_changed_nothing_leaves_what_runs(
    make_vm, make_prod, request, name, fault
) -> None:
    vm = make_prod() if name == "prod" else request.getfixturevalue("vm")
    assert vm.deploy("v2", **MIGRATION)[0] == 0
    vm.sql("INSERT INTO res_partner (name) VALUES ('later')")
    vm.change(faults=[fault])
    code, said = vm.command("rollback")
    assert code == 12 and "Everything is as it was before" in said, said
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v2"]
    assert vm.databases() == [vm.database]
    assert vm.sql("SELECT count(*) FROM res_partner WHERE name = 'later'") == "1"
    vm.change(faults=[])
    assert vm.command("rollback")[0] == 0
    assert vm.running("odoo-mta-web") == ["v1"]


def test_a_rollback_that_was_done_again_keeps_what_the_first_one_put_aside(vm):
    """The second one puts aside what the first one restored: only the first copy has the row."""
    assert vm.deploy("v2", **MIGRATION)[0] == 0
    vm.sql("INSERT INTO res_partner (name) VALUES ('later')")
    vm.change(faults=["--renew-anon-volumes odoo-mta-web"])
    code, said = vm.command("rollback")
    first = "mta-uat-aside-000002"
    assert code == 13 and f"is kept as {first}" in said, said
    vm.change(faults=[])
    manifest = said.rpartition("--manifest ")[2].strip()
    code, said = vm.command("rollback", "--manifest", manifest)
    assert code == 0, said
    assert f"before an earlier run is kept as {first}" in said
    code, said = vm.deploy("v2", **MIGRATION)
    assert code == 0, said
    assert vm.databases() == ["mta-uat", first, "mta-uat-aside-000003"]
    vm.server.sql(f'ALTER DATABASE "{first}" WITH ALLOW_CONNECTIONS true')
    assert "later" in vm.server.sql("SELECT name FROM res_partner", first)
    assert vm.command("rollback")[0] == 0  # a deployment ended that chain: a new one begins
    assert vm.deploy("v2", **MIGRATION)[0] == 0
    assert vm.databases() == ["mta-uat", "mta-uat-aside-000005"]


def test_a_rollback_point_that_was_not_wanted_stays(make_prod):
    """Only it has what was written between the backup and the stop as people knew it."""
    vm = make_prod()
    assert vm.command("backup", "create")[0] == 0
    [older] = [path.name for path in vm.backups.glob("manifest_*.json")]
    vm.sql("INSERT INTO res_partner (name) VALUES ('before the stop')")
    code, said = vm.deploy("v2", exit=3, **MIGRATION)
    assert code == 13, said
    code, said = vm.command("rollback", "--manifest", older)
    point = f"{vm.database}-before-000002"
    assert code == 0 and f"before an earlier run is kept as {point}" in said, said
    assert vm.sql("SELECT count(*) FROM res_partner WHERE name = 'before the stop'") == "0"
    code, said = vm.deploy("v3", **MIGRATION)
    assert code == 0, said
    assert vm.databases() == [vm.database, f"{vm.database}-aside-000003", point]
    vm.server.sql(f'ALTER DATABASE "{point}" WITH ALLOW_CONNECTIONS true')
    assert "before the stop" in vm.server.sql("SELECT name FROM res_partner", point)


@pytest.mark.parametrize("how", ["unfinished", "unhealthy"])
def test_a_version_that_did_not_work_before_need_not_work_after_a_failure(vm, how) -> None:
    """It may be why somebody deploys: what ran is put back as it was, and the page taken down."""
    if how == "unfinished":  # somebody pressed "Upgrade", and nobody restarted Odoo
        vm.sql("UPDATE ir_module_module SET state = 'to upgrade' WHERE name = 'mta'")
    else:
        vm.publish("v1", healthy=False)
    code, said = vm.deploy("v2", exit=3, **MIGRATION)
    assert code == 12 and "Everything is as it was before" in said, said
    assert "warning: the version that ran is not healthy" in said
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
    assert not list((vm.host.environment.directory / "proxy/state").iterdir())
    ends = f"{MIGRATION['update']}; UPDATE ir_module_module SET state = 'installed'"
    code, said = vm.deploy("v2", **MIGRATION | {"update": ends})
    assert code == 0, said


def test_a_database_without_odoo_is_as_it_was_after_a_first_deployment_that_failed(make_vm):
    """Somebody had made it, with its settings and an extension: it is not the deployment's."""
    vm = make_vm("uat")
    vm.server.sql(f'CREATE DATABASE "{vm.database}"')
    vm.server.sql(f"ALTER DATABASE \"{vm.database}\" SET timezone = 'Europe/Brussels'")
    vm.sql("CREATE EXTENSION unaccent; CREATE TABLE prepared AS SELECT 1 AS one")
    schema = "CREATE TABLE ir_module_module (name text, state text, latest_version text)"
    code, said = vm.deploy("v1", update=schema, exit=3)
    assert code == 12 and "Everything is as it was before" in said, said
    assert vm.sql("SELECT one, current_setting('timezone') FROM prepared") == "1|Europe/Brussels"
    assert vm.sql("SELECT to_regclass('ir_module_module') IS NULL") == "t"
    assert vm.running("odoo-mta-web") == []
    code, said = vm.deploy("v1", update=schema)
    assert code == 0, said
    assert vm.sql("SELECT one FROM prepared") == "1"
    assert vm.databases() == [vm.database, f"{vm.database}-aside-000001"]  # what the first one left
