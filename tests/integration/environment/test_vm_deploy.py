"""Deployments, with a stand-in for Docker and a real database."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from click.testing import CliRunner
from docker_stand_in.kept import calls_of
from played_vm import deployed
from vm_migration import MIGRATION

from pipeline.cli.main import cli
from pipeline.environment.runs import run_history


def test_a_first_deployment_makes_the_database(make_vm):
    vm = make_vm("uat")
    schema = "CREATE TABLE ir_module_module (name text, state text, latest_version text)"
    code, said = vm.deploy("v1", update=schema)
    assert code == 0, said
    assert "a new database with mta" in said
    assert vm.databases() == ["mta-uat"]
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
    dotenv = (vm.host.environment.dotenv).read_text()
    assert "# a comment" in dotenv and "ODOO_VERSION=v1" in dotenv
    assert f"ODOO_IMAGE={vm.publish('v1')}" in dotenv


def test_a_migration_updates_what_changed(vm):
    code, said = vm.deploy("v2", **MIGRATION)
    assert code == 0, said
    assert "to update: mta (version 19.0.1.0.0 becomes 19.0.2.0.0)" in said
    assert vm.sql("SELECT to_regclass('new_in_v2')") == "new_in_v2"
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v2"]
    assert vm.databases() == ["mta-uat"]
    calls = calls_of(vm.home)
    updates = [call[call.index("--update") + 1] for call in calls if "--update" in call]
    assert updates == ["mta"]
    assert [call for call in calls if "stop" in call] == [
        ["compose", "stop", "odoo-mta-cron", "odoo-mta-web"]  # one after the other takes longer
    ]
    asked = [call for call in calls if "run" in call]
    assert [call[call.index("--name") + 1].rpartition("-")[2] for call in asked] == [
        *("addons", "addons", "migrate", "record")
    ]
    assert len(list(vm.backups.glob("manifest_*.json"))) == 1


def test_changed_code_alone_changes_versions_side_by_side(vm):
    old = list(vm.state["containers"])
    code, said = vm.deploy("v2")
    assert code == 0, said
    assert "changed code: mta: the versions change side by side" in said
    assert "maintenance" not in said and "migrate" not in said
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v2"]
    assert not set(old) & {n for n in vm.state["containers"] if n.startswith("odoo-mta-web")}
    assert not (vm.host.environment.directory / "proxy/state/upstream.conf").exists()


def test_another_postgresql_than_that_of_the_tests_is_a_warning(vm):
    here = int(vm.server.sql("SHOW server_version_num")) // 10000
    code, said = vm.deploy("v2")
    assert code == 0 and "warning: PostgreSQL" not in said
    settings = vm.host.environment.directory / "pipeline.toml"
    text = settings.read_text()
    settings.write_text(text.replace(f"postgres = {here}", f"postgres = {here + 1}"))
    planned = vm.deploy("v3", "--dry-run")[1].replace("│", " ").split()
    assert f"PostgreSQL is {here} here, but {here + 1} in the tests" in " ".join(planned)
    code, said = vm.deploy("v3")
    assert code == 0, said
    assert f"warning: PostgreSQL is {here} here, but {here + 1} in the tests" in said
    assert f"set `postgres = {here}` in [odoo] of pipeline.toml" in said


def test_a_failed_migration_is_rolled_back(vm):
    vm.sql("INSERT INTO res_partner (name) VALUES ('before')")
    vm.server.sql("ALTER DATABASE \"mta-uat\" SET work_mem = '8MB'")
    vm.server.sql('GRANT CONNECT ON DATABASE "mta-uat" TO pg_monitor')
    update = "UPDATE res_partner SET name = 'changed'"
    code, said = vm.deploy("v2", version="19.0.2.0.0", update=update, exit=3)
    assert code == 12
    assert "the update failed (exit code 3)" in said and "Everything is as it was before" in said
    assert vm.sql("SELECT name FROM res_partner WHERE id = 3") == "before"
    assert vm.running("odoo-mta-web") == vm.running("odoo-mta-cron") == ["v1"]
    aside = [name for name in vm.databases() if name != "mta-uat"]
    assert aside == ["mta-uat-aside-000001"]
    assert vm.sql("SHOW work_mem") == "8MB"
    grants = "SELECT datacl FROM pg_database WHERE datname = 'mta-uat'"
    assert "pg_monitor=c" in vm.server.sql(grants)
    assert "ODOO_VERSION=v1" in vm.host.environment.dotenv.read_text()
    past = run_history.find(vm.host.runs, "")
    assert past.story.outcome == "rolled-back"


def test_errors_in_the_log_of_an_update_count(vm):
    log = "2026-01-01 10:00:00,000 1 ERROR mta odoo.modules: it broke\nTraceback\n  more"
    code, said = vm.deploy("v2", log=log, **MIGRATION)
    assert code == 12
    assert "errors in its log" in said and "ERROR odoo.modules" in said
    # What Odoo says can quote rows: it stays in a file that its owner alone can read.
    [kept] = vm.host.runs.rglob("migrate.log")
    assert "it broke" not in said and "it broke" in kept.read_text() and str(kept) in said
    assert kept.stat().st_mode & 0o777 == 0o600
    assert vm.sql("SELECT to_regclass('new_in_v2') IS NULL") == "t"


def test_add_ons_left_unfinished_count(vm):
    update = "UPDATE ir_module_module SET state = 'to upgrade' WHERE name = 'mta'"
    code, said = vm.deploy("v2", version="19.0.2.0.0", update=update)
    assert code == 12 and "it left unfinished: mta" in said
    assert vm.sql("SELECT count(*) FROM ir_module_module WHERE state LIKE 'to %'") == "0"


def test_a_version_that_does_not_answer_is_rolled_back(vm):
    code, said = vm.deploy("v2", healthy=False, **MIGRATION)
    assert code == 12
    kept = vm.host.runs / "container.log"
    assert "the new version does not work" in said and str(kept) in said
    assert "the end of the log" not in said and "the end of the log" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert vm.running("odoo-mta-web") == ["v1"]
    assert vm.sql("SELECT to_regclass('new_in_v2') IS NULL") == "t"


def test_side_by_side_the_old_version_never_stops(vm):
    web = [name for name in vm.state["containers"] if name.startswith("odoo-mta-web")]
    code, said = vm.deploy("v2", healthy=False)
    assert code == 12, said
    assert [n for n in vm.state["containers"] if n.startswith("odoo-mta-web")] == web
    assert vm.running("odoo-mta-cron") == ["v1"]


def test_the_registry_s_password_is_stored_nowhere(vm, tmp_path):
    token = tmp_path / "token"
    token.write_text("very-" + "hidden\n")
    code, said = vm.deploy("v2", "--registry-user", "me", "--registry-token-file", token)
    assert code == 0
    assert [one["username"] for one in vm.state["logins"]] == ["me"]
    kept = [path for path in vm.host.runs.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"very-hidden" in path.read_bytes()]
    assert "very-hidden" not in said


def test_a_dry_run_sees_a_private_registry_as_a_deployment_does(vm, tmp_path):
    token = tmp_path / "token"
    token.write_text("very-" + "hidden\n")
    reference = vm.publish("v2")
    place = vm.host.environment
    plan = [
        "environment",
        "deploy",
        "--environment",
        place.name,
        "--source",
        str(place.directory),
        "--dry-run",
    ]
    plan += ["--image", reference, "--version", "v2", "--registry-user", "me"]
    before = vm.state
    for number, given in enumerate((token, "-")):
        vm.change(images=before["images"])  # not pulled yet
        command = [*plan, "--registry-token-file", str(given)]
        done = CliRunner().invoke(cli, command, input=token.read_text())
        assert done.exit_code == 0, done.output
        login = {"username": "me", "password": token.read_text().strip()}
        assert vm.state["logins"][number] == login
        assert "very-hidden" not in done.output
    assert vm.state["containers"] == before["containers"]


def test_what_the_operator_exports_changes_nothing(vm, monkeypatch):
    """The stand-in for Docker refuses every variable that it is not meant to see."""
    place = vm.host.environment
    os.chmod(place.dotenv, 0o640)
    before = place.dotenv.read_text()
    with monkeypatch.context() as shell:
        for name in (
            *("COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES", "COMPOSE_ENV_FILES"),
            *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_DEFAULT_PLATFORM", "ODOO_IMAGE"),
            *("POSTGRES_PASSWORD", "ODOO_DATABASE", "PGHOST", "PGDATABASE", "PGSERVICE"),
            *("PGOPTIONS", "GIT_DIR", "LC_ALL", "LANGUAGE", "PYTHONOPTIMIZE", "BASH_ENV", "TMPDIR"),
            *("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "USER", "LOGNAME", "TZ"),
        ):
            shell.setenv(name, "http://127.0.0.1:9")
        mask = os.umask(0)
        try:
            code, said = vm.deploy("v2")
        finally:
            os.umask(mask)
    assert code == 0, said
    assert vm.running("odoo-mta-web") == ["v2"]
    after = place.dotenv.read_text()
    assert [line for line in before.splitlines() if "ODOO_IMAGE" not in line][:4] == [
        line for line in after.splitlines() if "ODOO_IMAGE" not in line
    ][:4]
    assert place.dotenv.stat().st_mode & 0o777 == 0o640
    assert not [path for path in place.directory.rglob("*") if path.stat().st_mode & 0o002]


def test_the_plan_of_a_deployment_does_nothing(vm):
    reference = vm.publish("v2", **MIGRATION)
    before = vm.state["containers"]
    options = ("--image", reference, "--version", "v2", "--dry-run")
    code, said = vm.command("deploy", *options, "--format", "json")
    assert code == 0
    plan = json.loads(said)
    assert plan["updates"] == [["mta", "version 19.0.1.0.0 becomes 19.0.2.0.0"]]
    assert plan["from"]["version"] == "v1" and plan["backup_age_seconds"] is None
    code, said = vm.command("deploy", *options)
    assert code == 0 and "version 19.0.1.0.0 becomes 19.0.2.0.0" in said
    assert vm.state["containers"] == before and vm.databases() == ["mta-uat"]
    assert run_history.folders(vm.host.runs) == []


@pytest.mark.parametrize("before", ["nothing", "v1, stopped"])
def test_the_plan_says_that_a_database_that_is_down_is_started(make_vm, before):
    """As before a first deployment, which starts it; the plan starts nothing."""
    vm = make_vm("uat")
    if before != "nothing":
        deployed(vm)
        there = vm.state["containers"]
        down = {name: there[name] | {"status": "exited"} for name in there if name != "proxy"}
        vm.change(containers=there | down)
    containers, databases = vm.state["containers"], vm.databases()
    options = ("--image", vm.publish("v2", **MIGRATION), "--version", "v2", "--dry-run")
    code, said = vm.command("deploy", *options, "--format", "json")
    assert code == 0, said
    plan = json.loads(said)
    assert plan["why"].startswith("PostgreSQL is down: it is started; if it has no Odoo database")
    assert plan["install"] == ["mta"] and plan["downtime_seconds"] == 0
    assert plan["from"]["version"] == ("" if before == "nothing" else "v1")
    code, said = vm.command("deploy", *options)
    assert code == 0 and "a new database with mta" in said
    assert (vm.state["containers"], vm.databases()) == (containers, databases)


def test_an_update_whose_log_finds_no_space_is_rolled_back(vm, monkeypatch):
    real = shutil.disk_usage

    def usage(path):
        return real(path)._replace(free=0) if "runs" in str(path) else real(path)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    code, said = vm.deploy("v2", **MIGRATION)
    assert code == 12 and "no space is left in" in said
    assert vm.running("odoo-mta-web") == ["v1"]


def test_a_module_that_only_the_database_has_is_kept(vm):
    vm.sql(
        "ALTER TABLE ir_module_module ADD imported boolean;"
        "INSERT INTO ir_module_module (name, state, latest_version, imported) VALUES"
        " ('studio_customization', 'installed', '1.0', NULL), ('brought', 'installed', '1.0', true)"
    )
    code, said = vm.deploy("v2", **MIGRATION)
    assert code == 0, said
    assert "in the database alone, and kept: brought, studio_customization" in said
    assert vm.sql("SELECT count(*) FROM ir_module_module WHERE imported") == "1"
