"""The steps of a deployment that nobody notices: preflight, backup, pull, compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core.references import digest_in
from pipeline.core.wording import counted
from pipeline.environment.backup import catalog, create
from pipeline.environment.backup.manifest import Image
from pipeline.environment.host import image_store
from pipeline.environment.host.host import Host
from pipeline.environment.machine import facts, preflight, restore_locks
from pipeline.environment.odoo import installed_addons
from pipeline.environment.odoo.installed_addons import Addon
from pipeline.environment.operations.steps import deployed, downgrade, not_anonymized, reopen
from pipeline.environment.operations.steps.facts import BackedUp, Checked, ToRun
from pipeline.environment.runs.context import RunContext, Step, load_ballast
from pipeline.environment.runs.noted import Fact, Request


@dataclass(frozen=True, kw_only=True)
class PreparedRequest(Request):
    """Of a run that begins with a preflight, and backs up.

    Attributes:
        reason: why there is a backup, for its manifest.
        backup_path: where it goes; empty: where all of them are.
        image: the image to deploy; empty: none.
    """

    reason: str
    backup_path: str = ""
    image: str = ""


@dataclass(frozen=True)
class Compared(Fact):
    """What an image means for the database.

    Attributes:
        install: add-ons of a new database.
        updates: add-ons to update, each with the reason.
        side: whether the versions change side by side.
        series: of Odoo, in the image.
        why: all that in words.
    """

    install: tuple[str, ...]
    updates: tuple[tuple[str, str], ...]
    side: bool
    series: str
    why: str


def check(host: Host, backups: Path, image: str, version: str, start: bool) -> Checked:
    """Everything that can be known before anything is touched; gives what was found.

    Args:
        host: the VM.
        backups: where the backup will go.
        image: the image to deploy; empty: none.
        version: its version; empty: none.
        start: whether PostgreSQL may be started when it is down. If not, what can be known without
            it is checked, and the database is taken for a new one.

    Raises:
        PipelineError: the first thing that is wrong, and the fix.
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
    down = not start and not preflight.postgres_runs(host)
    if not down:
        preflight.database(host, start)
    if start:
        reopen.database(host)
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


def warnings(host: Host, checked: Checked) -> tuple[str, ...]:
    """What does not stop a run, but will be in somebody's way one day."""
    short = preflight.small(facts.memory(), facts.cpus())
    locks = "" if checked.fresh else restore_locks.too_few(host)
    return tuple(filter(None, (short and f"this machine has only {short}", locks)))


def _of_odoo(host: Host) -> bool:
    """Whether the database, which exists, is Odoo's."""
    query = "SELECT to_regclass('public.ir_module_module') IS NOT NULL AS there"
    return bool(host.rows(query)[0]["there"])


def backups_of(run: RunContext) -> Path:
    """Where this run's backup goes."""
    return Path(run.asked(PreparedRequest).backup_path or run.host.environment.backups)


def _preflight(run: RunContext) -> None:
    asked = run.asked(PreparedRequest)
    found = check(run.host, backups_of(run), asked.image, asked.version, start=True)
    load_ballast(run.host.runs)
    for warning in warnings(run.host, found):
        run.say(f"warning: {warning}")
    run.note(found)


def _backup(run: RunContext) -> None:
    found = run.found(Checked)
    if found.fresh:
        run.say("there is no database yet: nothing to back up")
        return
    if not_anonymized.is_raw(run.host):
        run.say("no backup: this database has PROD's people as they are, and a backup would too")
        return
    recorded = deployed.read(run.host).addons
    made = create.create(
        run.host,
        create.Order(
            folder=backups_of(run),
            reason=run.asked(PreparedRequest).reason,
            tag=run.tag,
            image=found.before,
            save_image=run.host.environment.production,
            hashes={
                name: {"code": one.code, "update": one.update} for name, one in recorded.items()
            },
            say=run.say,
        ),
    )
    run.note(BackedUp(str(backups_of(run) / made.file_name), made.moment))
    run.say(
        f"backup {made.stamp}: database {made.dump['size'] >> 10} KB, "
        f"{counted(made.filestore['files'], 'file')} ({made.filestore['linked']} unchanged)"
    )


def _no_backup(run: RunContext) -> None:
    catalog.clean(run.host, backups_of(run))


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


def compared(host: Host, checked: Checked, image: str, container: str, way_back: str) -> Compared:
    """What an image that is on the machine means for the database.

    Raises:
        Refused: the image lacks an installed add-on, or is older than the database.
    """
    if checked.fresh:
        code = installed_addons.of_image(host, image, {}, container)
        install = installed_addons.fresh(code, host.environment.install)
        why = f"a new database with {', '.join(install)}"
        return Compared(install, updates=(), side=False, series=code.series, why=why)
    modules = installed_addons.installed(host)
    new = installed_addons.of_image(host, image, modules, container)
    running = running_code(host, checked.before, modules, container)
    result = installed_addons.compare(modules, running, new, image, way_back)
    updates = tuple((one.addon, one.reason) for one in result.updates)
    web = bool(host.containers(host.environment.web_service))
    side = not updates and web and bool(host.containers(host.environment.proxy_service))
    why = _why(updates, result.code, side) + _only_there(result.elsewhere)
    return Compared(install=(), updates=updates, side=side, series=new.series, why=why)


def running_code(
    host: Host, before: Image, modules: Mapping[str, Any], container: str
) -> dict[str, Addon]:
    """The code that the database was last updated with: that of the running image.

    Without the image on the machine, what the last deployment recorded of it.
    """
    if before.id:
        return installed_addons.of_image(host, before.reference, modules, container).addons
    return deployed.read(host).addons


def _why(updates: tuple[tuple[str, str], ...], code: tuple[str, ...], side: bool) -> str:
    if updates:
        shown = "; ".join(f"{name} ({reason})" for name, reason in updates[:8])
        more = f" and {len(updates) - 8} more" if updates[8:] else ""
        return f"to update: {shown}{more}"
    changed = f"; changed code: {', '.join(code)}" if code else ""
    how = "the versions change side by side" if side else "Odoo is not running, it is started"
    return f"no installed add-on needs an update{changed}: {how}"


def _only_there(modules: tuple[str, ...]) -> str:
    return f"; in the database alone, and kept: {', '.join(modules)}" if modules else ""


PREFLIGHT = Step("preflight", _preflight, notes=(Checked,))
BACKUP = Step("backup", _backup, _no_backup, may_note=(BackedUp,))
PULL = Step("pull", _pull, notes=(ToRun,))
COMPARE = Step("compare", _compare, notes=(Compared,))
