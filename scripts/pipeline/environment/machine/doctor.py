"""What a machine lacks, judged from the facts. Pure."""

from __future__ import annotations

from pipeline.core.results import Check
from pipeline.core.settings.environments import Environment
from pipeline.environment.machine import minimum
from pipeline.environment.machine.facts import Facts, Version

GIB = 1 << 30
SKEW_SECONDS = 30.0


def examine(environment: Environment, facts: Facts) -> list[Check]:
    """All checks of a machine, in the order of the table."""
    prepare = f"run `prepare` for {environment.name}"
    return [
        Check(
            "processors",
            str(facts.cpus),
            f"{minimum.CPUS}",
            facts.cpus >= minimum.CPUS,
            "use a larger machine",
        ),
        Check(
            "memory",
            f"{facts.memory / GIB:.1f} GiB",
            "4 GB",
            facts.memory >= minimum.MEMORY,
            "use a larger machine",
        ),
        *_disks(facts),
        _version("Python", facts.python, minimum.PYTHON, "use Debian 12, Ubuntu 22.04 or newer"),
        _version("Docker", facts.docker, minimum.DOCKER, prepare),
        Check(
            "Docker answers",
            facts.docker_problem or "yes",
            "yes",
            not facts.docker_problem,
            "start it, and put the user into the group docker (`prepare` does), then log in again",
        ),
        _version("docker compose", facts.compose, minimum.COMPOSE, prepare),
        _version("docker-compose", facts.hyphen, minimum.HYPHEN, prepare),
        Check("git", _yes(facts.git), "yes", facts.git, prepare),
        _port(environment, facts),
        *_clock(facts),
        Check("clone", _yes(facts.cloned), str(environment.directory), facts.cloned, prepare),
        Check(
            "environment",
            facts.marker or "none",
            environment.name,
            facts.marker == environment.name,
            prepare if not facts.marker else "this is the VM of another environment",
        ),
        Check(
            ".env",
            f"lacks {', '.join(facts.lacking)}" if facts.lacking else "complete",
            "complete",
            not facts.lacking,
            prepare,
        ),
        Check("resume after a boot", _yes(facts.resumes), "enabled", facts.resumes, prepare),
        Check("command pipeline", _yes(facts.command), "yes", facts.command, prepare),
    ]


def _disks(facts: Facts) -> list[Check]:
    return [
        Check(
            f"disk of {place}",
            f"{total / 10**9:.0f} GB, {free / 10**9:.0f} GB free",
            "50 GB, 5 GB free",
            total >= minimum.DISK and free >= minimum.FREE_DISK,
            "give it a larger disk, or free space (`docker image prune`, `backup prune`)",
        )
        for place, (total, free) in facts.disks.items()
    ]


def _version(name: str, found: Version, wanted: Version, fix: str) -> Check:
    text = minimum.written(found) or "missing"
    least = f"{minimum.written(wanted)} or newer"
    return Check(name, text, least, bool(found) and found >= wanted, fix)


def _port(environment: Environment, facts: Facts) -> Check:
    if not facts.port_taken:
        found = "free"
    else:
        found = "used by a container here" if facts.port_ours else "taken by something else"
    return Check(
        f"port {environment.port}",
        found,
        "free, or the proxy's",
        not facts.port_taken or facts.port_ours,
        f"stop what listens there (`ss -ltnp 'sport = :{environment.port}'`), or set ODOO_PORT",
    )


def _clock(facts: Facts) -> list[Check]:
    known = {True: "kept by a time server", False: "not kept", None: "unknown"}
    checks = [
        Check(
            "clock",
            known[facts.synchronized],
            "kept by a time server",
            facts.synchronized is not False,
            "switch it on: `sudo timedatectl set-ntp true`",
        )
    ]
    if facts.skew is not None:
        checks.append(
            Check(
                "time",
                f"{facts.skew:+.1f} s",
                f"within {SKEW_SECONDS:.0f} s of the caller's",
                abs(facts.skew) <= SKEW_SECONDS,
                "set the clock that is wrong",
            )
        )
    return checks


def _yes(value: bool) -> str:
    return "yes" if value else "no"
