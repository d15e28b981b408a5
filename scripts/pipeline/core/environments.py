"""The two virtual machines that are deployed to: ``[environments.uat]``, ``[environments.prod]``.

Whatever a project does not say follows from its name and from the environment's; the places are
those of the pipeline's guide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

UAT, PROD = "uat", "prod"
NAMES = (UAT, PROD)


@dataclass(frozen=True)
class EnvironmentSettings:
    """What ``pipeline.toml`` says of one environment; None: what follows from the names.

    Attributes:
        directory: where the environment lives on its VM: clone, compose files, `.env`.
        backups: where its backups go.
        database: name of Odoo's database.
        database_user: PostgreSQL role that owns it.
        database_container: name of PostgreSQL's container.
        database_service: compose service of PostgreSQL.
        web_service: compose service of Odoo's web workers.
        cron_service: compose service of Odoo's scheduled actions.
        proxy_service: compose service that visitors talk to.
        port: port of the proxy on the VM.
        install: modules for a database that is still empty; empty: all add-ons of the image that
            are not Odoo's own.
        health_seconds: how long a new version may take until it answers.
        drain_seconds: how long requests in flight may take before the old version is stopped.
        migration_seconds: how long the update of the add-ons may take.
        command_seconds: how long one command of Docker, Compose or PostgreSQL may take, beyond
            what its data need.
        slowest_mib_per_second: what disk and network do at least: copies, dumps and restores may
            take as long as their size at this rate, and `command_seconds` more.
        boot_seconds: how long Docker and PostgreSQL may take until they answer after a start.
        count_seconds: how long the counting of what was written since may take, in which Odoo is
            down.
        keep_daily: newest backups of that many days are kept.
        keep_weekly: and of that many weeks.
        keep_monthly: and of that many months.
        keep_images: images of that many versions stay on the VM, for a rollback without registry.
        log_in_alerts: whether the team's channel gets lines of logs, too: what is safe of them.
        schedules: the project's own schedules that send by dates, such as ``my_addon.my_cron``: a
            rollback switches them off until somebody decides (``pipeline outbox``).
    """

    directory: str | None = None
    backups: str | None = None
    database: str | None = None
    database_user: str = "odoo"
    database_container: str | None = None
    database_service: str = "postgres"
    web_service: str | None = None
    cron_service: str | None = None
    proxy_service: str | None = None
    port: int = 8069
    install: tuple[str, ...] = ()
    health_seconds: int = 120
    drain_seconds: int = 30
    migration_seconds: int = 3600
    command_seconds: int = 600
    slowest_mib_per_second: int = 2
    boot_seconds: int = 300
    count_seconds: int = 30
    keep_daily: int = 7
    keep_weekly: int = 4
    keep_monthly: int = 3
    keep_images: int = 3
    log_in_alerts: bool = False
    schedules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environments:
    """Both environments."""

    uat: EnvironmentSettings = field(default_factory=EnvironmentSettings)
    prod: EnvironmentSettings = field(default_factory=EnvironmentSettings)


@dataclass(frozen=True)
class Environment:
    """One environment, everything decided. The attributes are those of the settings, and these:

    Attributes:
        project: name of the project.
        name: ``uat`` or ``prod``.
    """

    project: str
    name: str
    directory: Path
    backups: Path
    database: str
    database_user: str
    database_container: str
    database_service: str
    web_service: str
    cron_service: str
    proxy_service: str
    port: int
    install: tuple[str, ...]
    health_seconds: int
    drain_seconds: int
    migration_seconds: int
    command_seconds: int
    slowest_mib_per_second: int
    boot_seconds: int
    count_seconds: int
    keep_daily: int
    keep_weekly: int
    keep_monthly: int
    keep_images: int
    log_in_alerts: bool
    schedules: tuple[str, ...]

    @property
    def production(self) -> bool:
        """Whether people work with it."""
        return self.name == PROD

    @property
    def url(self) -> str:
        """Where the proxy answers, seen from the VM."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def dotenv(self) -> Path:
        """The file with the environment's secrets, and the image that runs."""
        return self.directory / ".env"


def resolve(project: str, environments: Environments, name: str) -> Environment:
    """An environment with everything decided.

    For a project `odoo-mta`, PROD is /opt/odoo-mta-prod with the database `mta-prod`, UAT is
    /opt/odoo-mta with `mta-uat`; backups of UAT are in a folder `test`.
    """
    said: EnvironmentSettings = getattr(environments, name)
    short = project.removeprefix("odoo-")
    prod = name == PROD
    return Environment(
        project=project,
        name=name,
        directory=Path(said.directory or f"/opt/{project}{'-prod' if prod else ''}"),
        backups=Path(said.backups or f"/backups/{project}/{'prod' if prod else 'test'}"),
        database=said.database or f"{short}-{name}",
        database_user=said.database_user,
        database_container=said.database_container or f"{project}-db",
        database_service=said.database_service,
        web_service=said.web_service or f"{project}-web",
        cron_service=said.cron_service or f"{project}-cron",
        proxy_service=said.proxy_service or f"{project}-proxy",
        port=said.port,
        install=said.install,
        health_seconds=said.health_seconds,
        drain_seconds=said.drain_seconds,
        migration_seconds=said.migration_seconds,
        command_seconds=said.command_seconds,
        slowest_mib_per_second=said.slowest_mib_per_second,
        boot_seconds=said.boot_seconds,
        count_seconds=said.count_seconds,
        keep_daily=said.keep_daily,
        keep_weekly=said.keep_weekly,
        keep_monthly=said.keep_monthly,
        keep_images=said.keep_images,
        log_in_alerts=said.log_in_alerts,
        schedules=said.schedules,
    )


def problems(environments: Environments) -> list[tuple[str, object, str]]:
    """Impossible values: key, value, and what is allowed."""
    found: list[tuple[str, object, str]] = []
    for name in NAMES:
        said: EnvironmentSettings = getattr(environments, name)
        found += [
            (f"[environments.{name}] {key}", value, allowed)
            for key, value, allowed in _problems(said)
        ]
    return found


def _problems(said: EnvironmentSettings) -> list[tuple[str, object, str]]:
    found: list[tuple[str, object, str]] = []
    for key in ("directory", "backups"):
        folder = getattr(said, key)
        if folder is not None and not _good_folder(folder):
            found.append(
                (key, folder, "an absolute path of letters, digits, `.`, `_`, `-` and `/`")
            )
    # Names that go into command lines and SQL: nothing that needs a second thought.
    for key in ("database", "database_user"):
        if not _is_name(getattr(said, key), r"[a-zA-Z_][a-zA-Z0-9_-]{0,40}"):
            found.append((key, getattr(said, key), "letters, digits, `_` and `-`, at most 41"))
    for key in ("database_container", *_SERVICES):
        if not _is_name(getattr(said, key), r"[a-zA-Z0-9][a-zA-Z0-9_.-]*"):
            found.append((key, getattr(said, key), "letters, digits, `.`, `_` and `-`"))
    for module in said.install:
        if not _is_name(module, r"[a-zA-Z0-9_]+"):
            found.append(("install", module, "technical names of modules"))
    for schedule in said.schedules:
        if not _is_name(schedule, r"[a-z0-9_]+\.[A-Za-z0-9_.-]+"):
            found.append(("schedules", schedule, "external ids, such as my_addon.my_cron"))
    if not 1 <= said.port <= 65535:
        found.append(("port", said.port, "a port from 1 to 65535"))
    for key in _FROM_ONE:
        if getattr(said, key) < 1:
            found.append((key, getattr(said, key), "a number from 1 on"))
    for key in ("keep_daily", "keep_weekly", "keep_monthly"):
        if getattr(said, key) < 0:
            found.append((key, getattr(said, key), "a number from 0 on"))
    return found


_FROM_ONE = (
    "health_seconds",
    "drain_seconds",
    "migration_seconds",
    "command_seconds",
    "slowest_mib_per_second",
    "boot_seconds",
    "count_seconds",
    "keep_images",
)
_SERVICES = ("database_service", "web_service", "cron_service", "proxy_service")


def _good_folder(path: str) -> bool:
    pure = PurePosixPath(path)
    return (
        pure.is_absolute()
        and len(pure.parts) > 1
        and ".." not in pure.parts
        and re.fullmatch(r"[A-Za-z0-9._/-]+", path) is not None
    )


def _is_name(value: str | None, pattern: str) -> bool:
    return value is None or re.fullmatch(pattern, value) is not None
