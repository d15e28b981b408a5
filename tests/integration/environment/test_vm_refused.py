"""Deployments that are refused, each with one error, before anything is touched."""

from __future__ import annotations

import errno
import json
import os

from docker_stand_in.kept import calls_of
from vm_migration import MIGRATION

from pipeline.environment.host.dotenv import update
from pipeline.environment.runs import journal


def test_an_older_version_is_refused(vm):
    vm.deploy("v2", **MIGRATION)
    before = vm.state["containers"]
    code, said = vm.deploy("v3", version="19.0.1.0.0")
    assert code == 10
    assert "the database is newer" in said and "mta 19.0.2.0.0 (image: 19.0.1.0.0)" in said
    assert "there is no backup of v3" in said
    assert vm.state["containers"] == before


def test_production_takes_no_older_version(make_prod):
    vm = make_prod()
    assert vm.deploy("v2", **MIGRATION)[0] == 0
    before = vm.state["containers"]
    code, said = vm.deploy("v1")
    assert code == 10, said
    assert "PROD has v2, and v1 is older" in said
    assert vm.state["containers"] == before and "backup …" not in said
    assert vm.command("deploy", "--image", vm.publish("v1"), "--version", "v1", "--dry-run") == (
        code,
        said[said.index("error: ") :],
    )
    manifest = said.rpartition("rollback --environment prod --manifest ")[2].strip()
    assert vm.command("rollback", "--manifest", manifest)[0] == 0
    assert vm.running("odoo-mta-web") == ["v1"]
    code, said = vm.deploy("v0.9")
    assert code == 10 and "there is no backup of v0.9" in said


def test_a_database_of_a_newer_odoo_is_refused(vm):
    vm.sql("UPDATE ir_module_module SET latest_version = '20.0.1.3' WHERE name = 'base'")
    before = vm.state["containers"]
    code, said = vm.deploy("v2", **MIGRATION)
    assert code == 10 and "the database is from Odoo 20.0, and registry.test/" in said
    assert vm.state["containers"] == before and vm.databases() == ["mta-uat"]


def test_what_is_wrong_before_a_run_begins_is_one_error(vm, monkeypatch):
    reference = vm.publish("v2")
    command = ("deploy", "--image", reference, "--version", "v2")

    def full(descriptor, line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(journal, "_write_whole", full)
        code, said = vm.command(*command)
    assert code == 4 and said.startswith("error: No space left on device")
    (vm.host.environment.directory / "pipeline.toml").unlink()
    for name in (command, ("status",), ("attach",)):
        code, said = vm.command(*name)
        assert code == 3 and "there is no pipeline.toml in" in said


def test_an_image_without_an_installed_add_on_is_refused(vm):
    before = vm.state["containers"]
    addons = {"base": {"version": "19.0.1.3", "installable": True, "own": False, "depends": []}}
    code, said = vm.deploy("v2", addons=addons)
    assert code == 10 and "add-ons installed that" in said and "lacks: mta" in said
    assert vm.state["containers"] == before


def test_an_image_that_the_registry_does_not_give(vm):
    before = vm.state["containers"]
    reference = vm.publish("v2")
    vm.change(registry={})
    code, said = vm.command("deploy", "--image", reference, "--version", "v2")
    assert code == 4 and "cannot be pulled" in said and "nothing was stopped" in said
    assert vm.state["containers"] == before


def test_what_is_wrong_before_anything_is_touched(vm, monkeypatch):
    reference = vm.publish("v2")

    def refused(*options, image=reference, version="v2"):
        earlier = len(calls_of(vm.home))
        code, said = vm.command("deploy", "--image", image, "--version", version, *options)
        more = json.dumps(calls_of(vm.home)[earlier:])
        assert code != 0
        assert not [
            w for w in ("stop", '"rm"', "DELETE", "--update", '"pull"', "create") if w in more
        ]
        return said

    assert "is not an image reference with a digest" in refused(image="odoo-mta:latest")
    assert "is not an image reference with a digest" in refused(
        image="$(reboot)@sha256:" + "0" * 64
    )
    assert "is not a valid version" in refused(version="1; reboot")
    dotenv = vm.host.environment.dotenv
    good = dotenv.read_text()
    dotenv.write_text(good.replace("ENVIRONMENT=uat", "ENVIRONMENT=prod"))
    assert "this VM is prod, not uat" in refused()
    dotenv.write_text(good.replace("POSTGRES_PASSWORD=not-secret", "").replace("COMPOSE_FILE", "X"))
    assert "lacks COMPOSE_FILE, POSTGRES_PASSWORD" in refused()
    dotenv.write_text(good.replace("mta-uat", "other"))
    assert "'other'" in refused()
    dotenv.unlink()
    assert "cannot be read" in refused()
    dotenv.write_text(good)
    vm.change(compose="1.29.2")
    assert "Docker Compose 1.29.2 is too old" in refused()
    vm.change(compose="2.26.1", services=["postgres"])
    assert "lack: odoo-mta-web, odoo-mta-cron" in refused()


def test_an_odoo_whose_image_nobody_wrote_down_is_not_stopped(vm):
    """As after `docker compose up` by hand: what failed could not be undone."""
    update(vm.host.environment.dotenv, {"ODOO_IMAGE": "", "ODOO_VERSION": ""})
    before = vm.state["containers"]
    code, said = vm.command("backup", "create")
    assert code == 0, said
    for act in (lambda: vm.deploy("v2", **MIGRATION), lambda: vm.command("rollback")):
        code, said = act()
        assert code == 2 and "does not say with which image" in said, said
        assert vm.state["containers"] == before
