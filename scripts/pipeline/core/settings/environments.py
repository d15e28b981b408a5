"""The two virtual machines to deploy to: ``[environments.uat]``, ``[environments.prod]``.

Settings that a project leaves out are derived from its name and the environment's; the paths are
those of the pipeline's guide.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, fields
from pathlib import Path

from pipeline.core import limits
from pipeline.core.settings.constraints import FOLDER, MODULES, Constraint, limited

UAT, PROD = "uat", "prod"
NAMES = (UAT, PROD)
#: Names that go into command lines and SQL: only characters that never need quoting.
DATABASE_NAME = Constraint(
    "letters, digits, `_` and `-`, at most 41", pattern=r"[a-zA-Z_][a-zA-Z0-9_-]{0,40}"
)
_SERVICE = Constraint("letters, digits, `.`, `_` and `-`", pattern=r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_FROM_ONE = Constraint("a number from 1 on", least=1)
_FROM_ZERO = Constraint("a number from 0 on", least=0)


@dataclass(frozen=True, kw_only=True)
class _Common:
    """Settings of an environment that have a fixed default.

    Attributes:
        database_user: PostgreSQL role that owns the database.
        database_service: compose service of PostgreSQL.
        port: the proxy's port on the VM.
        install: modules to install in an empty database; default: the image's own add-ons.
        health_seconds: how long a new version may take to answer.
        drain_seconds: how long requests in flight may take when versions change.
        migration_seconds: how long updating the add-ons may take.
        command_seconds: how long one command of Docker, Compose or PostgreSQL may take, in addition
            to the time that its data needs.
        slowest_mib_per_second: lowest acceptable rate of disk and network; copies, dumps, restores
            and images may take as long as their size needs at this rate, plus ``command_seconds``.
        boot_seconds: how long Docker and PostgreSQL may take to answer after the machine starts.
        count_seconds: how long a rollback, with Odoo stopped, may count what was written since the
            backup.
        keep_daily: backups kept: the newest of each of this many days.
        keep_weekly: backups kept: the newest of each of this many weeks.
        keep_monthly: backups kept: the newest of each of this many months.
        keep_images: versions whose image stays on the VM, for a rollback without a registry.
        log_in_alerts: whether alerts include log lines, with everything unsafe removed.
        schedules: the project's own scheduled actions that send something by date, such as
            ``my_addon.my_cron``: a rollback to an older backup disables them until you decide
            (``pipeline environment outbox``).
    """

    database_user: str = limited("odoo", DATABASE_NAME)
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
    """One environment in ``pipeline.toml``; None: derived from the names.

    Attributes:
        directory: the environment's directory on its VM: clone, compose files, ``.env``; default:
            ``/opt/<name>``, ``/opt/<name>-prod``.
        backups: directory of its backups; default: ``/backups/<name>/test``, ``…/prod``.
        database: Odoo's database; default: ``<name without odoo->-uat``, ``…-prod``.
        database_container: name of PostgreSQL's container; default: ``<name>-db``.
        web_service: compose service of Odoo's web workers; default: ``<name>-web``.
        cron_service: compose service of the scheduled actions; default: ``<name>-cron``.
        proxy_service: compose service that receives visitors' requests; default: ``<name>-proxy``.
    """

    directory: str | None = limited(None, FOLDER)
    backups: str | None = limited(None, FOLDER)
    database: str | None = limited(None, DATABASE_NAME)
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
    """One environment, with every default resolved. The attributes are those of the settings, and:

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
        """Whether this is PROD, with which people work."""
        return self.name == PROD

    @property
    def url(self) -> str:
        """The proxy's URL, seen from the VM."""
        return f"http://127.0.0.1:{self.port}"

    def on_vm(self, command: str, *options: str) -> str:
        """Where to type a command of `pipeline environment`, and the command; see :func:`typed`."""
        return f"on the VM, in {self.directory}: {typed(self.name, command, *options)}"

    def seconds_for(self, size: int) -> float:
        """How long reading or writing this many bytes may take."""
        return self.command_seconds + size / (self.slowest_mib_per_second << 20)

    def seconds_for_image(self, size: int = 0) -> float:
        """How long an image may take to be pulled, saved or loaded.

        Args:
            size: of the image, or of a similar one; 0: unknown.
        """
        return self.seconds_for(max(size, limits.IMAGE_BYTES))

    @property
    def dotenv(self) -> Path:
        """The file with the environment's secrets and its current image."""
        return self.directory / ".env"


def typed(environment: str, command: str, *options: str) -> str:
    """What a person types on the VM, quoted for a shell.

    Args:
        environment: ``uat`` or ``prod``.
        command: one of `pipeline environment`: ``rollback``.
        options: further words.
    """
    words = ("pipeline", "environment", command, "--environment", environment, *options)
    return shlex.join(words)


def resolve(project: str, environments: Environments, name: str) -> Environment:
    """An environment with every default resolved.

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
