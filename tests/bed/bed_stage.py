"""A VM on which 1.0.0 runs with data in it, put back to that stage in seconds between faults."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bed import ROOT, Machine
from bed_project import answers, psql, put_repository
from bed_registry import Registry
from bed_stage_scripts import BAD_FILES, PUT_BACK, SAVE, WRITE_RECORDS

HOME, BACKUPS, RUNS = "/opt/odoo-mta", "/backups/odoo-mta/test", "/opt/odoo-mta/.deployments/runs"
OLD, NEW, BROKEN = "1.0.0", "2.0.0", "3.0.0"
_HERE = Path(__file__).parent


@dataclass
class Stage:
    """The VM, and what was staged on it.

    Attributes:
        machine: the VM.
        project: the clone's origin; the settings are in it.
        registry: where the images are.
        images: references by digest, by version.
        seconds: how long each step of a deployment of 2.0.0 took here.
        files: names of the attachments that were written.
    """

    machine: Machine
    project: Path
    registry: Registry
    images: dict[str, str]
    seconds: dict[str, float] = field(default_factory=dict)
    files: frozenset[str] = frozenset()

    def pipeline(self, *command: str, ok: bool = True, timeout: float = 300) -> str:
        """Run a command of the pipeline on the VM, as somebody who has logged in there."""
        words = shlex.join(["pipeline", "environment", *command, "--environment", "uat"])
        line = f"su - ubuntu -c {shlex.quote(f'cd {HOME} && exec {words}')}"
        answer = self.machine.root(line, ok=False, timeout=timeout)
        assert (answer.code == 0) is ok, f"{words}: {answer.code}\n{answer.out}"
        return answer.out

    def client(self, function: str, *options: str) -> subprocess.Popen[str]:
        """Start `pipeline remote` on this machine, as `dagger call` does in its container."""
        keys = self.machine.key.parent
        (keys / "known_hosts").write_text(self.machine.known_hosts)
        where, _, repository = self.registry.name.partition("/")
        place = ["--registry", where, "--repository", repository, "--insecure"]
        reach = [f"--host={self.machine.address}", f"--user={self.machine.user}"]
        reach += [f"--ssh-key={self.machine.key}", f"--known-hosts={keys / 'known_hosts'}"]
        command = ["remote", function, "--source", str(self.project), *reach]
        command += place if function == "deploy-uat" else ["--environment", self.machine.name]
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", *command, *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def deploy(self, version: str) -> list[str]:
        """The command that deploys a version."""
        return ["deploy", "--image", self.images[version], "--version", version]

    def during(
        self, command: list[str], event: str, step: str, action: str, part: float = 0.0
    ) -> dict[str, Any]:
        """Run a command on the VM, and a shell command of root's when a step has come so far.

        Args:
            command: command of the pipeline.
            event: event of the journal that is waited for, such as ``step-began``.
            step: the step it is of.
            action: the shell command; `$PID` is the process that does the run.
            part: share of the step's usual time that passes first.

        Returns:
            ``code`` and ``out`` of the command, and ``acted``: whether it came to that.
        """
        wanted = {
            "command": ["pipeline", "environment", *command, "--environment", "uat"],
            "home": HOME,
            "event": event,
            "step": step,
            "action": action,
            "pause": part * self.seconds.get(step, 0.0),
        }
        told = shlex.quote(json.dumps(wanted))
        program = (_HERE / "watch_run.py").read_bytes()
        answer = self.machine.root(f"python3 - {told}", input=program, timeout=300)
        found: dict[str, Any] = json.loads(answer.out.splitlines()[-1])
        return found

    def events(self) -> list[dict[str, Any]]:
        """The journal of the newest run."""
        said = self.machine.root(f"cat $(ls -d {RUNS}/* | tail -1)/journal.jsonl").out
        return [json.loads(line) for line in said.splitlines()]

    def wait_for(self, event: str, step: str) -> None:
        """Wait until the newest run, the first since the stage, has come to an event."""
        wanted = f'"event": "{event}".*"step": "{step}"'
        look = f"grep -q {shlex.quote(wanted)} {RUNS}/000002-*/journal.jsonl 2>/dev/null"
        loop = f"until {look}; do sleep 0.02; done"
        self.machine.root(f"timeout 240 sh -c {shlex.quote(loop)}", timeout=300)

    def outcomes(self) -> list[str]:
        """How each run since the stage ended, oldest first."""
        rows = json.loads(self.pipeline("history", "--format", "json"))
        return [row["outcome"] for row in rows[1:]]

    def in_copy(self, database: str, query: str) -> str:
        """What a query prints in a copy of the database that is closed."""
        allow = f'ALTER DATABASE \\"{database}\\" ALLOW_CONNECTIONS true'
        tool = "docker exec -i odoo-mta-db psql -U odoo"
        opened = self.machine.root(
            f'{tool} -d postgres -c "{allow}" && {tool} -d {database} -tAc "{query}"'
        )
        return opened.out

    def put_back(self) -> None:
        """Make the VM what it was when the stage was set."""
        self.machine.reset()
        self.machine.root("bash -s", input=PUT_BACK.encode(), timeout=120)

    def whole(self) -> str:
        """The version that runs, whole: its code, all data, nothing left over.

        Raises:
            AssertionError: anything is lost, or between two versions.
        """
        machine = self.machine
        status = json.loads(self.pipeline("status", "--format", "json"))
        version = status["version"]
        assert version in (OLD, NEW) and status["lock"] is None, status
        assert "the lock is free\n" == self.pipeline("unlock")  # and nothing is interrupted
        self._one_version_runs(self.images[version])
        rows = "SELECT string_agg(name, ',' ORDER BY name) FROM bed_boat"
        assert psql(machine, rows) == "Ada,Grace"
        there = psql(machine, "SELECT to_regclass('bed_harbour') IS NOT NULL")
        assert there == ("t" if version == NEW else "f"), f"{version} on another version's database"
        if version == NEW:
            assert psql(machine, "SELECT DISTINCT length FROM bed_boat") == "7"
        named = "SELECT store_fname FROM ir_attachment WHERE name LIKE 'staged %'"
        assert set(psql(machine, named).split()) == self.files
        assert machine.root("bash -s", input=BAD_FILES.encode()).out == ""
        self._nothing_is_left()
        return str(version)

    def _one_version_runs(self, image: str) -> None:
        deadline = time.monotonic() + 60
        while (status := answers(self.machine)) != "200" and time.monotonic() < deadline:
            time.sleep(0.5)
        assert status == "200"
        listed = (
            "docker ps --no-trunc --format '{{.Label \"com.docker.compose.service\"}} {{.Image}}'"
        )
        odoo = [line for line in self.machine.root(listed).out.splitlines() if "/odoo-mta@" in line]
        assert sorted(odoo) == [f"odoo-mta-cron {image}", f"odoo-mta-web {image}"]

    def _nothing_is_left(self) -> None:
        machine = self.machine
        assert machine.root("docker ps -aq --filter name=pipeline-").out == ""
        assert machine.root(f"find {BACKUPS} -name '*.partial'").out == ""
        assert machine.root(f"ls {HOME}/proxy/state").out.split() in ([], ["refused.log"])
        sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pipeline%'"
        assert psql(machine, sessions) == "0"
        others = "SELECT count(*) FROM pg_database WHERE datallowconn AND datname LIKE 'mta-uat-%'"
        assert psql(machine, others) == "0"
        if machine.root(f"ls {BACKUPS}").out:
            self.pipeline("backup", "verify")


def prepared(machine: Machine, project: Path, registry: Registry, digests: dict[str, str]) -> Stage:
    """Prepare a VM, and deploy nothing to it."""
    images = {version: f"{registry.name}@{digest}" for version, digest in digests.items()}
    stage = Stage(machine, project, registry, images)
    machine.reset()
    put_repository(machine, project)
    prepare = stage.client("run", "--", "prepare", "--repository=file:///srv/bare")
    said, _ = prepare.communicate(timeout=300)
    assert prepare.returncode == 0, said
    return stage


def set_stage(
    machine: Machine, project: Path, registry: Registry, digests: dict[str, str]
) -> Stage:
    """Prepare a VM, deploy 1.0.0, write data, copy it all, and measure a deployment."""
    stage = prepared(machine, project, registry, digests)
    stage.pipeline(*stage.deploy(OLD), timeout=600)
    shell = f"cd {HOME} && docker compose exec -T odoo-mta-web odoo shell --no-http -d mta-uat"
    machine.root(shell, input=WRITE_RECORDS.encode())
    named = "SELECT store_fname FROM ir_attachment WHERE name LIKE 'staged %'"
    stage.files = frozenset(psql(machine, named).split())
    assert len(stage.files) == 20
    machine.root("bash -s", input=SAVE.encode())
    stage.put_back()
    stage.pipeline(*stage.deploy(NEW))
    done = [event for event in stage.events() if event["event"] == "step-done"]
    stage.seconds = {event["step"]: event["seconds"] for event in done}
    assert stage.whole() == NEW
    return stage


@pytest.fixture(scope="session")
def set_stage_once(
    uat_machine: Machine, project: Path, registry: Registry, versions: dict[str, str]
) -> Stage:
    """The stage, set once a session."""
    return set_stage(uat_machine, project, registry, versions)


@pytest.fixture
def stage(set_stage_once: Stage) -> Stage:
    """1.0.0 runs, with two boats and twenty files, and nothing else ever happened."""
    set_stage_once.put_back()
    return set_stage_once


@pytest.fixture
def web(stage: Stage) -> Callable[[], str]:
    """Odoo's containers and when they started: what must not change."""

    def ask() -> str:
        listed = "docker ps -q --filter name=odoo-mta-odoo-mta-web --filter name=odoo-mta-cron"
        form = "{{.Id}} {{.State.StartedAt}}"
        return str(stage.machine.root(f"docker inspect --format '{form}' $({listed})").out)

    return ask


def sums(stage: Stage) -> str:
    """The hash of every file of every backup."""
    return str(stage.machine.root(f"find {BACKUPS} -type f -exec sha256sum {{}} + | sort").out)
