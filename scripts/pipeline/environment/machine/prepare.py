"""Prepare a machine for deployments. Only what is missing is made, so it can be run again."""

from __future__ import annotations

import os
import secrets
import string
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import files, limits
from pipeline.core.errors import InputError, ToolError
from pipeline.core.process import INTERNET, run
from pipeline.core.settings.environments import NAMES, Environment, Environments, resolve
from pipeline.core.versions import release
from pipeline.environment.host import dotenv
from pipeline.environment.machine import clone, facts, minimum
from pipeline.environment.machine.units import command_file, hyphen_file, resume_unit

#: Where Docker comes from: Docker's own installation script, or Debian's packages.
SCRIPT, PACKAGES = "get.docker.com", "packages"
_COMMAND, _HYPHEN = Path("/usr/local/bin/pipeline"), Path("/usr/local/bin/docker-compose")
#: The compose files for a VM. By default, Compose would use the file for local development.
_COMPOSE = ("docker-compose.yml", "docker-compose.prod.yml")


@dataclass(frozen=True)
class Task:
    """One task of preparing a machine.

    Attributes:
        name: what it is.
        there: whether it is done.
        make: does it.
    """

    name: str
    there: Callable[[], bool]
    make: Callable[[], None]


@dataclass(frozen=True)
class Wish:
    """What to prepare.

    Attributes:
        environment: names and folders.
        repository: URL to clone from; empty: an existing clone stays.
        branch: the branch to clone.
        docker: where Docker comes from.
    """

    environment: Environment
    repository: str
    branch: str
    docker: str


def check(wish: Wish, project: str, environments: Environments) -> None:
    """Refuse to mix up two environments, before anything is changed.

    Raises:
        InputError: the machine is another environment's; there is nothing to clone from.
        ToolError: the user cannot become root.
    """
    here = wish.environment
    for name in NAMES:
        other = resolve(project, environments, name)
        marker = facts.variables(other.dotenv).get(minimum.MARK, "")
        if marker and marker != here.name:
            raise InputError(
                f"this machine is {marker}: {other.dotenv} says so",
                f"prepare another machine for {here.name}, or remove that file when it is stale",
            )
    if not wish.repository and not (here.directory / ".git").exists():
        raise InputError(
            "there is no address to clone the repository from",
            "give --repository, or [project] repository in pipeline.toml",
        )
    if os.getuid() and not facts.asked("sudo", "-n", "id"):
        raise ToolError(
            f"{facts.user()} may not become root without a password",
            f"give the user that right for the time of the preparation: `{facts.user()} "
            "ALL=(ALL) NOPASSWD: ALL` in /etc/sudoers.d",
        )


def steps(wish: Wish) -> list[Task]:
    """All tasks, in order."""
    here = wish.environment
    unit = facts.UNITS / facts.unit_name(here)
    return [
        Task("git, curl", lambda: bool(_has("git") and _has("curl")), lambda: _apt("git", "curl")),
        Task(
            "Docker",
            lambda: release(facts.asked("docker", "--version")) >= minimum.DOCKER,
            lambda: _install_docker(wish.docker),
        ),
        Task(
            "docker compose",
            lambda: release(facts.asked("docker", "compose", "version")) >= minimum.COMPOSE,
            lambda: _apt("docker-compose-plugin" if wish.docker == SCRIPT else "docker-compose"),
        ),
        Task(
            "the user in the group docker",
            lambda: os.getuid() == 0 or "docker" in facts.asked("id", "-nG", facts.user()).split(),
            lambda: _root("usermod", "-aG", "docker", facts.user()),
        ),
        Task(
            "the command docker-compose",
            lambda: release(facts.asked("docker-compose", "version")) >= minimum.HYPHEN,
            lambda: _write(_HYPHEN, hyphen_file(), "755"),
        ),
        *(_folder(place) for place in (here.directory, here.backups)),
        Task(
            "the clone",
            lambda: (here.directory / ".git").exists(),
            lambda: clone.clone(here.directory, wish.repository, wish.branch),
        ),
        Task(
            "the clone's newest state",
            lambda: clone.is_newest(here.directory, wish.branch),
            lambda: clone.forward(here.directory),
        ),
        Task(".env", lambda: not _unset(here), lambda: _fill(here)),
        Task(
            "the command pipeline",
            lambda: _text(_COMMAND) == command_file(Path.home()),
            lambda: _write(_COMMAND, command_file(Path.home()), "755"),
        ),
        Task(
            "the unit that ends interrupted deployments after a boot",
            lambda: _text(unit) == resume_unit(here, facts.user()),
            lambda: _install_unit(unit, resume_unit(here, facts.user())),
        ),
        Task(
            "that unit, enabled",
            lambda: facts.asked("systemctl", "is-enabled", unit.name).strip() == "enabled",
            lambda: _root("systemctl", "enable", unit.name),
        ),
    ]


def _folder(place: Path) -> Task:
    def make() -> None:
        _root("mkdir", "-p", str(place))
        _root("chown", f"{os.getuid()}:{os.getgid()}", str(place))

    return Task(str(place), lambda: place.is_dir() and os.access(place, os.W_OK | os.X_OK), make)


def _has(program: str) -> bool:
    return bool(facts.asked(program, "--version"))


def _root(*argv: str) -> None:
    command = argv if os.getuid() == 0 else ("sudo", "-n", *argv)
    run(command, surroundings=INTERNET, timeout=limits.PREPARE)


def _apt(*packages: str) -> None:
    quiet = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq")
    _root(*quiet, "update")
    _root(*quiet, "install", "-y", "--no-install-recommends", *packages)


def _install_docker(source: str) -> None:
    if source == PACKAGES:
        _apt("docker.io", "docker-cli", "docker-compose", "iptables")
        return
    curl = ("curl", "--disable", "-fsSL", "https://get.docker.com")  # without the user's .curlrc
    script = run(curl, surroundings=INTERNET, timeout=limits.PREPARE).stdout
    with tempfile.NamedTemporaryFile("w", suffix=".sh", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        _root("sh", file.name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _write(path: Path, text: str, mode: str) -> None:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        _root("install", "-D", "-m", mode, file.name, str(path))


def _install_unit(path: Path, text: str) -> None:
    """Write a unit, replacing an older one; enabling it makes systemd reload it."""
    _write(path, text, "644")
    _root("systemctl", "enable", path.name)


def wanted(here: Environment) -> dict[str, str]:
    """The values that `.env` needs; empty: a secret that is generated here."""
    return {
        "COMPOSE_FILE": ":".join(name for name in _COMPOSE if (here.directory / name).exists()),
        "COMPOSE_PROJECT_NAME": here.project,
        minimum.MARK: here.name,
        minimum.DATABASE: here.database,
        "ODOO_PORT": str(here.port),
        "POSTGRES_PASSWORD": "",
    }


def _unset(here: Environment) -> list[str]:
    there = dotenv.read(here.dotenv) if here.dotenv.exists() else {}
    return [name for name in wanted(here) if not there.get(name)]


def _fill(here: Environment) -> None:
    """Add what is missing to `.env`; existing values stay."""
    example = here.dotenv.with_name(".env.example")
    letters = string.ascii_letters + string.digits
    values, unset = wanted(here), _unset(here)
    password = "".join(secrets.choice(letters) for _ in range(32))
    new = {name: values[name] or password for name in unset}
    if not here.dotenv.exists():
        files.write(here.dotenv, _text(example))
    dotenv.update(here.dotenv, new)
