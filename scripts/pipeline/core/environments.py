"""The two virtual machines that are deployed to: ``[environments.uat]``, ``[environments.prod]``.

Whatever a project does not say follows from its name and from the environment's; the places are
those of the pipeline's guide.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path

from pipeline.core.constraints import FOLDER, MODULES, Constraint, limited

UAT, PROD = "uat", "prod"
NAMES = (UAT, PROD)
# Names that go into command lines and SQL: nothing that needs a second thought.
_NAME = Constraint(
    "letters, digits, `_` and `-`, at most 41", pattern=r"[a-zA-Z_][a-zA-Z0-9_-]{0,40}"
)
_SERVICE = Constraint("letters, digits, `.`, `_` and `-`", pattern=r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_FROM_ONE = Constraint("a number from 1 on", least=1)
_FROM_ZERO = Constraint("a number from 0 on", least=0)


@dataclass(frozen=True, kw_only=True)
class _Common:
    """What an environment has as it is set, or by default.

    Attributes:
        database_user: PostgreSQL role that owns it.
        database_service: compose service of PostgreSQL.
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
            rollback switches them off until somebody decides (``pipeline environment outbox``).
    """

    database_user: str = limited("odoo", _NAME)
    database_service: str = limited("postgres", _SERVICE)
    port: int = limited(8069, Constraint("a port from 1 to 65535", least=1, most=65535))
    install: tuple[str, ...] = limited((), MODULES)
    health_seconds: int = limited(120, _FROM_ONE)
    drain_seconds: int = limited(30, _FROM_ONE)
    migration_seconds: int = limited(3600, _FROM_ONE)
    command_seconds: int = limited(600, _FROM_ONE)
    slowest_mib_per_second: int = limited(2, _FROM_ONE)
    boot_seconds: int = limited(300, _FROM_ONE)
    count_seconds: int = limited(30, _FROM_ONE)
    keep_daily: int = limited(7, _FROM_ZERO)
    keep_weekly: int = limited(4, _FROM_ZERO)
    keep_monthly: int = limited(3, _FROM_ZERO)
    keep_images: int = limited(3, _FROM_ONE)
    log_in_alerts: bool = False
    schedules: tuple[str, ...] = limited(
        (),
        Constraint(
            "external ids, such as my_addon.my_cron", pattern=r"[a-z0-9_]+\.[A-Za-z0-9_.-]+"
        ),
    )


@dataclass(frozen=True, kw_only=True)
class EnvironmentSettings(_Common):
    """What ``pipeline.toml`` says of one environment; None: what follows from the names.

    Attributes:
        directory: where the environment lives on its VM: clone, compose files, `.env`.
        backups: where its backups go.
        database: name of Odoo's database.
        database_container: name of PostgreSQL's container.
        web_service: compose service of Odoo's web workers.
        cron_service: compose service of Odoo's scheduled actions.
        proxy_service: compose service that visitors talk to.
    """

    directory: str | None = limited(None, FOLDER)
    backups: str | None = limited(None, FOLDER)
    database: str | None = limited(None, _NAME)
    database_container: str | None = limited(None, _SERVICE)
    web_service: str | None = limited(None, _SERVICE)
    cron_service: str | None = limited(None, _SERVICE)
    proxy_service: str | None = limited(None, _SERVICE)


@dataclass(frozen=True)
class Environments:
    """Both environments."""

    uat: EnvironmentSettings = field(default_factory=EnvironmentSettings)
    prod: EnvironmentSettings = field(default_factory=EnvironmentSettings)


@dataclass(frozen=True, kw_only=True)
class Environment(_Common):
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
    database_container: str
    web_service: str
    cron_service: str
    proxy_service: str

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
        database_container=said.database_container or f"{project}-db",
        web_service=said.web_service or f"{project}-web",
        cron_service=said.cron_service or f"{project}-cron",
        proxy_service=said.proxy_service or f"{project}-proxy",
        **{one.name: getattr(said, one.name) for one in fields(_Common)},
    )
