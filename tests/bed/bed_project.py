"""A project that is deployed to the VMs of the test bed, and what tests ask those VMs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed import ROOT, Machine
from bed_addons import boats
from bed_registry import Registry

LABEL = "org.opencontainers.image.version"
LENGTH = "length = fields.Integer()"
HARBOUR = """


class Harbour(models.Model):
    _name = "bed.harbour"
    _description = "Harbour"

    name = fields.Char()
"""
#: What a VM gets of this repository.
CLONED = ["docker-compose*.yml", ".env.example", "config", "proxy", "pipeline.toml"]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This repository as a VM clones it, with what is not committed yet."""
    return copy_project(tmp_path_factory.mktemp("project"))


def copy_project(folder: Path, more: str = "") -> Path:
    """Make a repository of what a VM gets of this one, with more settings."""
    for pattern in CLONED:
        for path in ROOT.glob(pattern):
            target = folder / path.name
            if path.is_dir():
                shutil.copytree(path, target, ignore=shutil.ignore_patterns("refused.log"))
            else:
                shutil.copy(path, target)
    with (folder / "pipeline.toml").open("a") as settings:
        settings.write(more)
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "All"]):
        subprocess.run(["git", *identity, *command], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="session")
def versions(registry: Registry) -> dict[str, str]:
    """Digests of an add-on's versions: another image, a migration, one that does not work."""
    second = boats("2.0", LENGTH, 'cr.execute("UPDATE bed_boat SET length = 7")', HARBOUR)
    third = boats("3.0", LENGTH, 'cr.execute("DELETE FROM bed_boat"); raise ValueError("no")')
    made = {"1.0.0": boats("1.0"), "2.0.0": second, "3.0.0": third}
    return {
        version: registry.push(f"uat-v{version}", files, {LABEL: version})
        for version, files in made.items()
    }


@pytest.fixture
def on(call: Callable[..., Any], registry: Registry, project: Path) -> Callable[..., str]:
    """Call a function on a VM: ``on(uat, "deploy", "--tag=…")``; returns all that it said."""

    def run(machine: Machine, function: str, *arguments: str, ok: bool = True, **other: str) -> str:
        secrets = machine.key.parent
        (secrets / "known_hosts").write_text(other.get("known_hosts", machine.known_hosts))
        host, user = other.get("host", machine.address), other.get("user", machine.user)
        command = [other.get("environment", machine.name), f"--source={project}"]
        command += [f"--host={host}", f"--user={user}"]
        command.append(f"--ssh-key=file:{other.get('key', machine.key)}")
        command.append(f"--known-hosts=file:{secrets}/known_hosts")
        if function == "deploy":
            where, _, repository = registry.name.partition("/")
            command += ["with-registry", "--registry", where, "--repository", repository]
            command.append("--insecure")
        answer = call(*command, *function.split(), *arguments, ok=ok)
        return f"{answer.out}\n{answer.log}"

    return run


def prepare(on: Callable[..., str], machine: Machine, project: Path) -> str:
    """Prepare a VM, with a clone of the project."""
    put_repository(machine, project)
    return on(machine, "prepare", "--clone=file:///srv/bare")


def put_repository(machine: Machine, project: Path) -> None:
    """Give a VM the repository that it clones, /srv/bare, and the layers of all images."""
    machine.root("docker pull --quiet odoo:19.0", timeout=600)  # which a reset leaves there
    subprocess.run(["git", "clone", "-q", "--bare", project, project / "bare"], check=True)
    archive = subprocess.run(["tar", "-cC", project, "bare"], check=True, capture_output=True)
    shutil.rmtree(project / "bare")
    machine.root("rm -rf /srv/bare")
    machine.upload(archive.stdout, "/srv")
    machine.root("chown -R ubuntu: /srv/bare")


def psql(machine: Machine, query: str) -> str:
    """What a query prints in Odoo's database."""
    database = f"mta-{machine.name}"
    said = machine.root(f'docker exec -i odoo-mta-db psql -U odoo -d {database} -tAc "{query}"')
    return said.out.strip()


def answers(machine: Machine) -> str:
    """The status of the login page as visitors see it."""
    asked = 'curl -s -o /dev/null -w "%{http_code}" http://localhost:8069/web/login'
    return machine.root(f"{asked} || true").out.strip()
