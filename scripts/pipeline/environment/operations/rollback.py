"""Back to a backup: database, filestore and image together. Until the database is another one a
failure is undone; from then on it only goes forward, and may be started again as often as it
needs. The replaced database is kept.

Right after a deployment that stopped, its rollback point is used instead of the dump: it has what
was written between the backup and the stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from pipeline.core.errors import CheckFailed, InputError
from pipeline.environment.backup import filestore, live_filestore, verify
from pipeline.environment.host import proxy
from pipeline.environment.machine import preflight
from pipeline.environment.odoo import installed_addons, rollback_point, row_changes, web
from pipeline.environment.operations.steps import (
    deployed,
    kept_copies,
    maintenance,
    not_anonymized,
    reopen,
    rollback_database,
)
from pipeline.environment.operations.steps.chosen_backup import (
    ChosenBackup,
    backup_of,
    folder_of,
    have_image,
)
from pipeline.environment.operations.steps.facts import (
    Before,
    Identity,
    Ran,
    Started,
    ToRun,
)
from pipeline.environment.operations.steps.rollback_database import Point
from pipeline.environment.operations.undo import rollback as undo
from pipeline.environment.outbox import holding
from pipeline.environment.runs import kind_names
from pipeline.environment.runs.context import RunContext, Step, load_ballast
from pipeline.environment.runs.noted import Fact
from pipeline.environment.runs.runner import Kind


@dataclass(frozen=True)
class WrittenSince(Fact):
    """``written``: what was written since the backup, and is put aside."""

    written: row_changes.Written


@dataclass(frozen=True)
class HeldBack(Fact):
    """``outbox``: what the restored rows would send once more."""

    outbox: holding.Outbox


def _preflight(run: RunContext) -> None:
    host = run.host
    preflight.variables(host.environment, host.dotenv)
    preflight.programs(host)
    preflight.services(host)
    before = deployed.read(host).image
    preflight.named(host, before.reference)
    preflight.database(host, start=True)
    preflight.prepared(host)
    reopen.database(host, run.say)
    backup = backup_of(run)
    if backup.database != host.environment.database:
        raise InputError(
            f"{backup.file_name} is of the database {backup.database}, not of "
            f"{host.environment.database}",
            "choose another one (`pipeline environment backup list`)",
        )
    size = host.database_size()
    preflight.space({host.daemon.root(): 2 * size + preflight.MARGIN})
    load_ballast(host.runs)
    run.note(
        Before(before),
        Point(
            rollback_database.point(run)
            or rollback_database.stopped_deployment(host, run.asked(ChosenBackup).manifest),
            size,
        ),
    )


def _verify(run: RunContext) -> None:
    verify.check(folder_of(run), backup_of(run))


def _image(run: RunContext) -> None:
    run.note(ToRun(have_image(run)))


def _maintenance(run: RunContext) -> None:
    maintenance.close(run, run.found(ToRun).after.reference)


def _stop(run: RunContext) -> None:
    if run.find(Ran) is None:
        run.note(Ran(web.running(run.host)), Identity(rollback_point.identity(run.host)))
    web.stop(run.host)
    backup = backup_of(run)
    if run.host.has_database(run.host.environment.database):
        found = row_changes.since(run.host, backup.moment)
        run.note(WrittenSince(found))
        run.say(
            f"{row_changes.text(found)}; all of it is kept in the database {kept_copies.aside(run)}"
        )
    for one in kept_copies.earlier(run):
        if one != rollback_database.point(run):
            run.say(f"the database from before an earlier run is kept as {one}")


def _hold(run: RunContext) -> None:
    """Before Odoo starts: what the restored rows would send once more waits for a decision."""
    found = holding.hold(
        run.host,
        holding.PutAside(
            kept_copies.aside(run),
            descends=rollback_database.descends(run),
            same_moment=bool(rollback_database.point(run)),
        ),
        run.folder.name,
        run.found(Point).size,
    )
    run.note(HeldBack(found))
    for line in holding.text(found, run.host.environment.name):
        run.say(line)


def _files(run: RunContext) -> None:
    backup = backup_of(run)
    source = folder_of(run) / backup.filestore.name
    image = run.found(ToRun).after.reference
    number = live_filestore.restore(
        run.host, source, filestore.stored(source), f"{run.tag}-files", image
    )
    run.say(f"{number} files of the filestore were put back")


def _start(run: RunContext) -> None:
    proxy.pin(run.host, "")
    run.note(Started(web.start(run.host, run.found(ToRun).after.reference)))


def _health(run: RunContext) -> None:
    web.check(run.host, run.found(Started).web)


def _switch(run: RunContext) -> None:
    proxy.open_again(run.host)
    if problem := proxy.answers(run.host):
        raise CheckFailed(f"the version works, but {problem}", "look at the proxy's log")


def _crons(run: RunContext) -> None:
    web.start_crons(run.host, run.found(ToRun).after.reference)


def _record(run: RunContext) -> None:
    host, image = run.host, run.found(ToRun).after
    code = installed_addons.of_image(
        host, image.reference, installed_addons.installed(host), f"{run.tag}-record"
    )
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    known = {name: one for name, one in code.addons.items() if one.code}
    deployed.write(host, deployed.State(image, run.folder.name, now, known))
    not_anonymized.forget_copies(host, run.say)
    not_anonymized.prune(host, run.say)


ROLLBACK = Kind(
    name=kind_names.ROLLBACK,
    request=ChosenBackup,
    steps=(
        Step("preflight", _preflight, notes=(Before, Point)),
        Step("verify", _verify),
        Step("image", _image, notes=(ToRun,)),
        Step("maintenance", _maintenance, maintenance.open_again, touches=True),
        Step(
            "stop",
            _stop,
            undo.start_again,
            touches=True,
            notes=(Ran, Identity),
            may_note=(WrittenSince,),
        ),
        Step("put-aside", rollback_database.put_aside, undo.drop_aside),
        Step("restore", rollback_database.restore, alters=True),
        Step("hold", _hold, notes=(HeldBack,)),
        Step("filestore", _files),
        Step("start", _start, notes=(Started,)),
        Step("health", _health),
        Step("switch", _switch, accepts=True),
        Step("crons", _crons),
        Step("record", _record),
    ),
    parks=undo.halts,
    park=undo.halt,
    forward=True,
)
