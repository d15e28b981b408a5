"""Back to a backup: database, filestore and image together. Until the database is another one a
failure is undone; from then on it only goes forward, and may be started again as often as it
needs. The database as it was is kept aside.

Right after a deployment that stopped, its rollback point is used instead of the dump: it has what
was written between the backup and the stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from pipeline.core.errors import CheckFailed, InputError, PipelineError
from pipeline.environment.backup import filestore, retention, verify
from pipeline.environment.backup.dump import dump
from pipeline.environment.host import proxy, sql
from pipeline.environment.host.host import Host
from pipeline.environment.machine import preflight
from pipeline.environment.odoo import installed_addons, rollback_point, row_changes, web
from pipeline.environment.operations.deploy import DEPLOY, halt
from pipeline.environment.operations.steps import deployed, facts, kept_copies, reopen
from pipeline.environment.operations.steps.chosen_backup import (
    ChosenBackup,
    backup_of,
    folder_of,
    have_image,
)
from pipeline.environment.operations.steps.facts import (
    BackedUp,
    Before,
    Identity,
    Ran,
    Started,
    ToRun,
)
from pipeline.environment.outbox import holding
from pipeline.environment.runs import noted, run_history
from pipeline.environment.runs.context import RunContext, Step, load_ballast
from pipeline.environment.runs.noted import Fact
from pipeline.environment.runs.runner import STOPPED, Kind

KIND = "rollback"


@dataclass(frozen=True)
class Point(Fact):
    """What is restored, and what it replaces.

    Attributes:
        point: the rollback point that is used instead of the dump; empty: none.
        size: of the database that is replaced, in bytes.
    """

    point: str
    size: int


@dataclass(frozen=True)
class WrittenSince(Fact):
    """``written``: what was written since the backup, and is put aside."""

    written: row_changes.Written


@dataclass(frozen=True)
class HeldBack(Fact):
    """``outbox``: what the restored rows would send once more."""

    outbox: holding.Outbox


def _point(run: RunContext) -> str:
    found = run.find(Point)
    return found.point if found else ""


def _aside(run: RunContext) -> str:
    return rollback_point.aside(run.host, run.folder.name[:6])


def stopped_deployment(host: Host, chosen: str) -> str:
    """The rollback point of the last deployment, if it stopped and its backup is the chosen one."""
    last = next(
        (one for one in reversed(run_history.history(host.runs)) if one.kind == DEPLOY.name), None
    )
    made = None if last is None else noted.elsewhere(BackedUp, last.story.facts)
    if last is None or last.story.outcome != STOPPED or made is None or made.backup != chosen:
        return ""
    name = rollback_point.name(host, last.folder.name[:6])
    return name if host.has_database(name) else ""


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
        Point(_point(run) or stopped_deployment(host, run.asked(ChosenBackup).manifest), size),
    )


def _verify(run: RunContext) -> None:
    verify.check(folder_of(run), backup_of(run))


def _image(run: RunContext) -> None:
    run.note(ToRun(have_image(run)))


def _maintenance(run: RunContext) -> None:
    proxy.start(run.host, run.found(ToRun).after.reference)
    proxy.close(run.host)


def _no_maintenance(run: RunContext) -> None:
    proxy.open_again(run.host)


def _stop(run: RunContext) -> None:
    if run.find(Ran) is None:
        run.note(Ran(web.running(run.host)), Identity(rollback_point.identity(run.host)))
    web.stop(run.host)
    backup = backup_of(run)
    if run.host.has_database(run.host.environment.database):
        found = row_changes.since(run.host, backup.moment)
        run.note(WrittenSince(found))
        run.say(f"{row_changes.text(found)}; all of it is kept in the database {_aside(run)}")
    for one in kept_copies.earlier(run):
        if one != _point(run):
            run.say(f"what was there before an earlier run is kept in the database {one}")


def _start_again(run: RunContext) -> None:
    """Start what ran. It need not be healthy: that may be why somebody wanted another version."""
    host, image = run.host, run.found(Before).before.reference
    if image:
        web.start_again(host, image, facts.ran(run).ran, worked=False, say=run.say)


def _put_aside(run: RunContext) -> None:
    """Keep the database as it is, with all that was written since."""
    if _point(run) or not run.host.has_database(run.host.environment.database):
        return
    rollback_point.make(run.host, _aside(run), run.found(Point).size)


def _drop_aside(run: RunContext) -> None:
    """Before the restore it is a copy of what is there."""
    if not _point(run):
        rollback_point.drop(run.host, _aside(run))


def _restore(run: RunContext) -> None:
    host, database = run.host, run.host.environment.database
    if _point(run):
        rollback_point.go_back(host, _point(run), _aside(run))
        _name_image(run)
        return
    if rollback_point.was_restored(host, facts.identity(run)):
        run.say("the database was restored already")  # and somebody may have worked in it since
        _name_image(run)
        return
    if not host.has_database(database):
        host.sql(sql.create(database, host.environment.database_user))
    run.say("restoring the database")
    path = folder_of(run) / backup_of(run).dump["name"]
    dump.load(
        host, path, database, host.environment.database_container, preflight.data_seconds(host)
    )
    _name_image(run)


def _name_image(run: RunContext) -> None:
    """Whoever starts Odoo by hand from here on gets the version that fits the database."""
    deployed.name(run.host, run.found(ToRun).after)


def _hold(run: RunContext) -> None:
    """Before Odoo starts: what the restored rows would send once more waits for a decision."""
    found = holding.hold(
        run.host,
        holding.PutAside(_aside(run), descends=_descends(run), same_moment=bool(_point(run))),
        run.folder.name,
        run.found(Point).size,
    )
    run.note(HeldBack(found))
    for line in holding.text(found, run.host.environment.name):
        run.say(line)


def _descends(run: RunContext) -> bool:
    """Whether the database that was put aside comes from the moment that is restored."""
    then = retention.moment(backup_of(run)).timestamp()
    return _point(run) != "" or not any(
        past.kind in (KIND, "load-refresh") and past.story.began.at > then
        for past in run_history.history(run.host.runs)
        if past.folder != run.folder
    )


def _files(run: RunContext) -> None:
    backup = backup_of(run)
    source = folder_of(run) / backup.filestore["name"]
    image = run.found(ToRun).after.reference
    number = filestore.restore(
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


def _parks(run: RunContext) -> bool:
    """Whether the database is another one already; a restore that fails changes nothing of it."""
    try:
        return rollback_point.identity(run.host) != run.found(Identity).identity
    except PipelineError:
        return True


def _park(run: RunContext) -> str:
    halt(run)
    name, chosen = run.host.environment.name, run.asked(ChosenBackup).manifest
    return (
        f"nothing is lost: the database as it was is kept as {_aside(run)}. Fix the cause, then, "
        f"on the VM in {run.host.environment.directory}: pipeline environment rollback "
        f"--environment {name} --manifest {chosen}"
    )


ROLLBACK = Kind(
    name=KIND,
    request=ChosenBackup,
    steps=(
        Step("preflight", _preflight, notes=(Before, Point)),
        Step("verify", _verify),
        Step("image", _image, notes=(ToRun,)),
        Step("maintenance", _maintenance, _no_maintenance, touches=True),
        Step(
            "stop",
            _stop,
            _start_again,
            touches=True,
            notes=(Ran, Identity),
            may_note=(WrittenSince,),
        ),
        Step("put-aside", _put_aside, _drop_aside),
        Step("restore", _restore, alters=True),
        Step("hold", _hold, notes=(HeldBack,)),
        Step("filestore", _files),
        Step("start", _start, notes=(Started,)),
        Step("health", _health),
        Step("switch", _switch, accepts=True),
        Step("crons", _crons),
        Step("record", _record),
    ),
    parks=_parks,
    park=_park,
    forward=True,
)
