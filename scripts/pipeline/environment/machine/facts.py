"""Facts about this machine. Read-only; a fact that cannot be determined is empty."""

from __future__ import annotations

import os
import platform
import pwd
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import limits
from pipeline.core.errors import InputError, PipelineError
from pipeline.core.process import DOCKER, LOCAL, run
from pipeline.core.settings.environments import Environment
from pipeline.core.versions import release
from pipeline.environment.host import dotenv
from pipeline.environment.host.daemon.api import Daemon
from pipeline.environment.machine import minimum
from pipeline.environment.machine.units import resume_unit

Version = tuple[int, ...]

#: The folder of a machine's own systemd units.
UNITS = Path("/etc/systemd/system")


@dataclass(frozen=True)
class Facts:
    """The facts about a machine that the checks need.

    Attributes:
        cpus: processors.
        memory: bytes of memory.
        disks: total and free bytes by folder.
        python: version of Python.
        docker: version of Docker; empty: not installed.
        docker_problem: why its daemon does not answer this user; empty: it answers.
        compose: version of the plugin; empty: not installed.
        hyphen: version of `docker-compose`; empty: not installed.
        git: whether git is installed.
        port_taken: whether something listens on the port.
        port_ours: whether that is this project's own proxy.
        synchronized: whether a time server sets the clock; None: unknown.
        skew: seconds by which the clock is ahead of the caller's; None: unknown.
        cloned: whether the repository is cloned.
        marker: the environment that `.env` names; empty: none.
        lacking: variables without a value in `.env`.
        resumes: whether the resume unit of this version is enabled.
        command: whether the command `pipeline` is installed.
    """

    cpus: int
    memory: int
    disks: dict[str, tuple[int, int]]
    python: Version
    docker: Version
    docker_problem: str
    compose: Version
    hyphen: Version
    git: bool
    port_taken: bool
    port_ours: bool
    synchronized: bool | None
    skew: float | None
    cloned: bool
    marker: str
    lacking: tuple[str, ...]
    resumes: bool
    command: bool


def gather(environment: Environment, clock: float | None = None) -> Facts:
    """Collect the facts about this machine.

    Args:
        environment: whose folders and port to look at.
        clock: the caller's time, in seconds since the epoch.
    """
    said = variables(environment.dotenv)
    docker_problem, ours = _daemon(environment.port)
    return Facts(
        cpus=cpus(),
        memory=memory(),
        disks={
            place: _disk(Path(place))
            for place in (str(environment.directory), str(environment.backups), "/var/lib/docker")
        },
        python=tuple(map(int, platform.python_version_tuple()[:2])),
        docker=release(asked("docker", "--version")),
        docker_problem=docker_problem,
        compose=release(asked("docker", "compose", "version")),
        hyphen=release(asked("docker-compose", "version")),
        git=shutil.which("git") is not None,
        port_taken=_listens(environment.port),
        port_ours=ours,
        synchronized=_synchronized(),
        skew=None if clock is None else round(time.time() - clock, 1),
        cloned=(environment.directory / ".git").exists(),
        marker=said.get(minimum.MARK, ""),
        lacking=tuple(name for name in minimum.VARIABLES if not said.get(name)),
        resumes=_resumes(environment),
        command=shutil.which("pipeline") is not None,
    )


def memory() -> int:
    """Bytes of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def cpus() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def _daemon(port: int) -> tuple[str, bool]:
    """Why Docker does not answer this user (empty: it does); whether a container has the port."""
    try:
        return "", Daemon(limits.LOOK).publishes(port)
    except PipelineError as error:
        return error.message, False


def _resumes(environment: Environment) -> bool:
    """Whether the unit is enabled, and is the one that this version writes, for any user."""
    name = unit_name(environment)
    if asked("systemctl", "is-enabled", name).strip() != "enabled":
        return False
    try:
        there = (UNITS / name).read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return all(
        line in there
        for line in resume_unit(environment, "").splitlines()
        if not line.startswith("User=")
    )


def unit_name(environment: Environment) -> str:
    """The unit that ends interrupted deployments after a boot."""
    return f"{environment.project}-resume-{environment.name}.service"


def user() -> str:
    """The user who prepares and deploys."""
    return pwd.getpwuid(os.getuid()).pw_name


def asked(*argv: str) -> str:
    """What a program prints; empty when it is missing or fails."""
    try:
        surroundings = DOCKER if argv[0].startswith("docker") else LOCAL
        return run(argv, surroundings=surroundings, timeout=limits.LOOK).stdout
    except PipelineError:
        return ""


def variables(path: Path) -> dict[str, str]:
    """The variables of a `.env`; none when the file is missing or unreadable."""
    try:
        return dotenv.read(path)
    except InputError:
        return {}


def _disk(place: Path) -> tuple[int, int]:
    usage = shutil.disk_usage(minimum.existing(place))
    return usage.total, usage.free


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _synchronized() -> bool | None:
    said = asked("timedatectl", "show", "--property=NTPSynchronized", "--value").strip()
    return {"yes": True, "no": False}.get(said)
