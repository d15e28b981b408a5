"""The table of what a VM lacks."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pipeline.core.errors import InputError
from pipeline.core.settings.environments import Environments, resolve
from pipeline.environment.machine import doctor, minimum, preflight, prepare
from pipeline.environment.machine.facts import Facts, gather, variables
from pipeline.environment.machine.units import resume_unit

UAT = resolve("odoo-mta", Environments(), "uat")
GOOD = Facts(
    cpus=2,
    memory=4 * 10**9,
    disks={"/opt/odoo-mta": (64 * 10**9, 30 * 10**9)},
    python=(3, 11),
    docker=(26, 1, 5),
    docker_problem="",
    compose=(2, 26, 1),
    hyphen=(2, 26, 1),
    git=True,
    port_taken=True,
    port_ours=True,
    synchronized=True,
    skew=0.4,
    cloned=True,
    marker="uat",
    lacking=(),
    resumes=True,
    command=True,
)


def lacks(**changes: object) -> list[str]:
    checks = doctor.examine(UAT, replace(GOOD, **changes))
    assert all(check.fix for check in checks if not check.good)
    return [check.name for check in checks if not check.good]


def test_a_good_machine_lacks_nothing() -> None:
    assert lacks() == []


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"cpus": 1}, "processors"),
        ({"memory": 2 << 30}, "memory"),
        ({"disks": {"/opt": (40 * 10**9, 30 * 10**9)}}, "disk of /opt"),
        ({"disks": {"/opt": (64 * 10**9, 10**9)}}, "disk of /opt"),
        ({"python": (3, 9)}, "Python"),
        ({"docker": (19, 3)}, "Docker"),
        ({"docker": ()}, "Docker"),
        ({"docker_problem": "Docker does not answer"}, "Docker answers"),
        ({"compose": (2, 10, 0)}, "docker compose"),
        ({"hyphen": (1, 29, 2)}, "docker-compose"),
        ({"git": False}, "git"),
        ({"port_ours": False}, "port 8069"),
        ({"synchronized": False}, "clock"),
        ({"skew": -3600.0}, "time"),
        ({"cloned": False}, "clone"),
        ({"marker": ""}, "environment"),
        ({"marker": "prod"}, "environment"),
        ({"lacking": ("POSTGRES_PASSWORD",)}, ".env"),
        ({"resumes": False}, "resume after a boot"),
        ({"command": False}, "command pipeline"),
    ],
)
def test_each_lack_is_named(changes, name) -> None:
    assert lacks(**changes) == [name]


def test_unknown_facts_are_not_reported_as_missing() -> None:
    assert lacks(synchronized=None, skew=None) == []


def test_whoever_prepares_a_machine_fills_in_what_a_deployment_asks_for() -> None:
    assert set(minimum.VARIABLES) <= set(prepare.wanted(UAT))


@pytest.mark.parametrize("lacking", minimum.VARIABLES)
def test_doctor_and_a_deployment_ask_for_the_same_variables(lacking, tmp_path) -> None:
    here = replace(UAT, directory=tmp_path)
    values = {**dict.fromkeys(minimum.VARIABLES, "x"), minimum.MARK: "uat", lacking: ""}
    here.dotenv.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    assert gather(here).lacking == (lacking,)
    with pytest.raises(InputError, match=f"lacks {lacking}\n"):
        preflight.variables(here, values)


def test_settings_are_read(tmp_path) -> None:
    file = tmp_path / ".env"
    file.write_text("# A=1\nB = 2 \nC=\nnothing\nD=x=y\n")
    assert variables(file) == {"B": "2", "C": "", "D": "x=y"}
    assert variables(tmp_path / "none") == {}


def test_this_machine_can_be_looked_at() -> None:
    facts = gather(UAT, clock=0)
    assert facts.cpus >= 1
    assert facts.memory > 10**8
    assert facts.skew is not None and facts.skew > 10**9
    assert all(total > 0 for total, _ in facts.disks.values())


def test_the_command_fails_when_something_lacks(run_pipeline, tmp_path) -> None:
    settings = tmp_path / "pipeline.toml"
    settings.write_text(f'[environments.uat]\ndirectory = "{tmp_path}/nowhere"\n')
    arguments = ("environment", "doctor", "--environment", "uat", "--settings", settings)
    code, printed = run_pipeline(*arguments)
    assert code == 1
    assert "LACKS" in printed
    code, printed = run_pipeline(*arguments, "--format", "json")
    assert code == 1
    assert {"name": "clone", "good": False}.items() <= {
        key: value
        for check in json.loads(printed)
        if check["name"] == "clone"
        for key, value in check.items()
    }.items()


def test_the_unit_tries_again_but_not_for_ever() -> None:
    """A oneshot that is restarted needs limits that count: all tries within the interval."""
    unit = resume_unit(UAT, "deployer")
    said = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line)
    assert (said["Type"], said["Restart"], said["User"]) == ("oneshot", "on-failure", "deployer")
    tries, pause = int(said["StartLimitBurst"]), int(said["RestartSec"])
    assert int(said["StartLimitIntervalSec"]) >= tries * (pause + UAT.boot_seconds)
    assert said["RestartPreventExitStatus"].split() == ["11", "2", "3", "13"]
    assert unit.index("StartLimitBurst") < unit.index("[Service]") < unit.index("Restart=")
