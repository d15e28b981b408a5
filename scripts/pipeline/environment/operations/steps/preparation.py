"""The steps of a deployment that nobody notices: preflight, backup, pull, compare."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pipeline.core.references import digest_in
from pipeline.core.wording import counted
from pipeline.environment.backup import create, parts
from pipeline.environment.backup.manifest import Image
from pipeline.environment.host import image_store
from pipeline.environment.host.host import Host
from pipeline.environment.machine import facts, preflight, restore_locks
from pipeline.environment.operations.steps import deployed, downgrade, not_anonymized, reopen
from pipeline.environment.operations.steps.comparison import Compared, compared
from pipeline.environment.operations.steps.facts import BackedUp, Checked, ToRun
from pipeline.environment.runs.context import RunContext, Step, load_ballast
from pipeline.environment.runs.noted import Request


@dataclass(frozen=True, kw_only=True)
class PreparedRequest(Request):
    """The request of a run that begins with a preflight, and makes a backup.

    Attributes:
        reason: the reason for the backup, for its manifest.
        backup_path: its folder; empty: the environment's.
        image: the image to deploy; empty: none.
    """

    reason: str
    backup_path: str = ""
    image: str = ""


class Postgres(Enum):
    """What a preflight assumes of PostgreSQL."""

    STARTED = "it is started when it is down"
    RUNNING = "it runs, and stays as it is"
    DOWN = "it is down, and stays down"


def check_machine(host: Host, backups: Path, image: str, version: str) -> Image:
    """Check everything that can be checked without the database; returns the running image.

    Args:
        host: the VM.
        backups: the folder for the backup.
        image: the image to deploy; empty: none.
        version: its version; empty: none.

    Raises:
        PipelineError: the first problem, with its fix.
    """
    preflight.variables(host.environment, host.dotenv)
    preflight.writable([host.environment.directory, backups])
    preflight.programs(host)
    before = deployed.read(host).image
    downgrade.check(host, before.version, version, backups)
    preflight.services(host)
    if image:
        preflight.named(host, before.reference)
    preflight.port(host)
    return before


def check_database(
    host: Host, backups: Path, image: str, before: Image, postgres: Postgres
) -> Checked:
    """Check everything else that can be checked before anything is touched.

    Args:
        host: the VM, after :func:`check_machine`.
        backups: the folder for the backup.
        image: the image to deploy; empty: none.
        before: the image that runs.
        postgres: whether it runs, or may be started. If it is down, only the rest is checked,
            and the database counts as a new one.

    Raises:
        PipelineError: the first problem, with its fix.
    """
    down = postgres is Postgres.DOWN
    if postgres is Postgres.STARTED:
        preflight.database(host, start=True)
        reopen.database(host)
    elif not down:
        preflight.usable(host)
    if image and not down:
        preflight.prepared(host)
    size = 0 if down else host.database_size()
    here = not image or bool(host.daemon.image_id(image))
    data = host.daemon.root()
    preflight.space(preflight.needs(size, here, data, backups))
    empty = down or not host.has_database(host.environment.database)
    return Checked(
        before,
        fresh=empty or not _of_odoo(host),
        database_size=size,
        image_here=here,
        empty=empty,
    )


def warnings(host: Host, checked: Checked, postgres: Postgres) -> tuple[str, ...]:
    """Problems that do not stop a run, but should be fixed."""
    short = preflight.small(facts.memory(), facts.cpus())
    locks = "" if checked.fresh else restore_locks.too_few(host)
    small = short and f"this machine has only {short}"
    other = "" if postgres is Postgres.DOWN else preflight.other_postgres(host)
    return tuple(filter(None, (small, locks, other)))


def _of_odoo(host: Host) -> bool:
    """Whether the database, which exists, is Odoo's."""
    query = "SELECT to_regclass('public.ir_module_module') IS NOT NULL AS there"
    return bool(host.rows(query)[0]["there"])


def backups_of(run: RunContext) -> Path:
    """The folder for this run's backup."""
    return Path(run.asked(PreparedRequest).backup_path or run.host.environment.backups)


def _preflight(run: RunContext) -> None:
    asked = run.asked(PreparedRequest)
    host, backups = run.host, backups_of(run)
    before = check_machine(host, backups, asked.image, asked.version)
    found = check_database(host, backups, asked.image, before, Postgres.STARTED)
    load_ballast(run.host.runs)
    for warning in warnings(host, found, Postgres.STARTED):
        run.say(f"warning: {warning}")
    run.note(found)


def _backup(run: RunContext) -> None:
    found = run.found(Checked)
    if found.fresh:
        run.say("there is no database yet: nothing to back up")
        return
    if not_anonymized.is_raw(run.host):
        run.say("no backup: this database has PROD's personal data, and a backup would, too")
        return
    made = create.create(
        run.host,
        create.Order(
            folder=backups_of(run),
            reason=run.asked(PreparedRequest).reason,
            tag=run.tag,
            image=found.before,
            save_image=run.host.environment.production,
            known=deployed.read(run.host).addons,
            say=run.say,
        ),
    )
    run.note(BackedUp(str(backups_of(run) / made.file_name), made.moment))
    run.say(
        f"backup {made.stamp}: database {made.dump.size >> 10} KB, "
        f"{counted(made.filestore.files, 'file')} ({made.filestore.linked} unchanged)"
    )


def _no_backup(run: RunContext) -> None:
    parts.clean(run.host, backups_of(run))


def _pull(run: RunContext) -> None:
    asked = run.asked(PreparedRequest)
    identity = image_store.pull(run.host, asked.image, run.registry)
    run.note(ToRun(Image(asked.image, digest_in(asked.image), identity, asked.version)))


def _compare(run: RunContext) -> None:
    asked = run.asked(PreparedRequest)
    way_back = downgrade.way_back(run.host, asked.version, backups_of(run))
    container = f"{run.tag}-addons"
    found = compared(run.host, run.found(Checked), asked.image, container, way_back)
    run.note(found)
    run.say(found.why)


PREFLIGHT = Step("preflight", _preflight, notes=(Checked,))
BACKUP = Step("backup", _backup, _no_backup, may_note=(BackedUp,))
PULL = Step("pull", _pull, notes=(ToRun,))
COMPARE = Step("compare", _compare, notes=(Compared,))
