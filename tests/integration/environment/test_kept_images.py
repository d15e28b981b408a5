"""Images that are kept for a rollback: UAT and PROD can be on one machine."""

from __future__ import annotations

from dataclasses import replace

from pipeline.core.settings.environments import PROD, Environments, resolve
from pipeline.environment.host import image_store
from pipeline.environment.host.host import Host


def kept(vm):
    return sorted(name for name in vm.state["images"] if ":kept-" in name)


def test_each_environment_keeps_its_own(vm):
    """What is old for one of them may be what the other one goes back to."""
    project = vm.host.environment.project
    prod = Host(replace(vm.host.environment, name=PROD))
    for number in range(1, 6):
        identity = f"sha256:{number:012x}"
        vm.change(images={**vm.state["images"], f"registry.test/odoo@sha256:{number}": identity})
        for host in (vm.host, prod) if number == 1 else (vm.host,):
            vm.host.daemon.tag(identity, image_store.kept_name(host, identity))
    first = f"sha256:{1:012x}"
    gone = image_store.tidy(vm.host, 2, set())
    assert gone == [f"{project}:kept-uat-{number:012x}" for number in (3, 2, 1)]
    assert vm.host.daemon.image_id(first) == first
    assert vm.host.daemon.image_digests(first) == ["registry.test/odoo@sha256:1"]
    assert "registry.test/odoo@sha256:2" not in vm.state["images"]
    assert image_store.tidy(prod, 0, set()) == [f"{project}:kept-prod-{1:012x}"]
    assert "registry.test/odoo@sha256:1" not in vm.state["images"]
    assert kept(vm) == [f"{project}:kept-uat-{number:012x}" for number in (4, 5)]


def test_names_of_earlier_versions_are_tidied_as_well(vm):
    project = vm.host.environment.project
    old = [f"sha256:{number:012x}" for number in (1, 2)]
    for one in old:
        vm.change(images={**vm.state["images"], f"{project}:kept-{one[7:]}": one})
    vm.host.daemon.tag(old[1], image_store.kept_name(vm.host, old[1]))
    other = f"{project}:keptsake"
    vm.change(images={**vm.state["images"], other: old[0]})
    assert image_store.tidy(vm.host, 1, set()) == [f"{project}:kept-{old[0][7:]}"]
    assert vm.state["images"][other] == old[0]


def test_a_rollback_takes_an_image_that_an_earlier_version_kept(vm):
    """It has another name, and the registry no longer gives it."""
    [reference] = [name for name in vm.state["images"] if "@" in name]
    identity = vm.state["images"][reference]
    assert vm.command("backup", "create")[0] == 0
    old = f"{vm.host.environment.project}:kept-{identity[7:19]}"
    vm.change(images={old: identity}, registry={})
    code, said = vm.command("rollback")
    assert code == 0, said
    assert image_store.kept_name(vm.host, identity) in kept(vm)


def test_the_two_environments_name_an_image_differently():
    names = [
        image_store.kept_name(Host(resolve("odoo-mta", Environments(), name)), "sha256:12")
        for name in ("uat", "prod")
    ]
    assert names == ["odoo-mta:kept-uat-12", "odoo-mta:kept-prod-12"]
