"""A deployment: its steps, each with its undo.

With an update of the database Odoo is stopped, and visitors get the maintenance page; without one
the new version starts next to the old one, and no request is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone

from pipeline.core.errors import CheckFailed, PipelineError
from pipeline.environment.backup import images
from pipeline.environment.host import image_store, proxy, sql
from pipeline.environment.odoo import installed_addons, migration, rollback_point, row_changes, web
from pipeline.environment.operations.steps import deployed, facts, kept_copies
from pipeline.environment.operations.steps.facts import (
    BackedUp,
    Checked,
    Identity,
    Ran,
    Started,
    ToRun,
)
from pipeline.environment.operations.steps.preparation import (
    BACKUP,
    COMPARE,
    PREFLIGHT,
    PULL,
    Compared,
    PreparedRequest,
    backups_of,
)
from pipeline.environment.runs.context import RunContext, Step, drop_ballast
from pipeline.environment.runs.noted import Fact
from pipeline.environment.runs.runner import Kind

KIND = "deploy"


@dataclass(frozen=True, kw_only=True)
class DeployRequest(PreparedRequest):
    """A deployment.

    Attributes:
        image: the image, by its digest.
        version: its version.
        auto_rollback: whether a failure is undone; else, once the database was altered, a person
            decides.
        untested: whether UAT did not run it before.
    """

    image: str = field()
    version: str = field()
    auto_rollback: bool
    untested: bool = False


@dataclass(frozen=True)
class OdooStopped(Fact):
    """``stopped``: when Odoo was told to stop, for what was written since."""

    stopped: str


@dataclass(frozen=True)
class Old(Fact):
    """``old``: containers of the old version, while the new one starts next to them."""

    old: tuple[str, ...]


def side_by_side(run: RunContext) -> bool:
    """Whether the versions change side by side."""
    found = run.find(Compared)
    return found is not None and found.side


def _number(run: RunContext) -> str:
    return run.folder.name[:6]


def _point(run: RunContext) -> str:
    return rollback_point.name(run.host, _number(run))


def _new(run: RunContext) -> str:
    return run.found(ToRun).after.reference


def _clear(run: RunContext) -> None:
    """Do beforehand what the stop would have to wait for: old copies, and what is not on disk."""
    found = run.found(Checked)
    if found.fresh:
        return
    kept_copies.tidy(run)
    run.host.sql("CHECKPOINT;\n", size=found.database_size)


# -- the steps that visitors may notice --------------------------------------------------------


def _maintenance(run: RunContext) -> None:
    proxy.start(run.host, _new(run))
    proxy.close(run.host)


def _no_maintenance(run: RunContext) -> None:
    proxy.open_again(run.host)


def _stop(run: RunContext) -> None:
    if run.find(Ran) is None:
        run.note(Ran(web.running(run.host), worked=web.works(run.host)))
    if side_by_side(run):
        run.note(Old(tuple(run.host.containers(run.host.environment.web_service))))
        web.stop_crons(run.host)
    else:
        run.note(OdooStopped(datetime.now(timezone.utc).isoformat()))
        web.stop(run.host)


def _start_old(run: RunContext) -> None:
    image = run.found(Checked).before.reference
    if not image:
        web.remove(run.host)
        return
    before = facts.ran(run)
    # Side by side, the web server never stopped.
    kept = (run.host.environment.web_service,) if side_by_side(run) else ()
    ran = [one for one in before.ran if one not in kept]
    web.start_again(run.host, image, ran, before.worked, run.say)


def _make_point(run: RunContext) -> None:
    found = run.found(Checked)
    if not found.no_database:
        rollback_point.make(run.host, _point(run), found.database_size)
        run.note(Identity(rollback_point.identity(run.host)))


def _drop_point(run: RunContext) -> None:
    if not run.found(Checked).no_database:
        rollback_point.drop(run.host, _point(run))


def _migrate(run: RunContext) -> None:
    host, database = run.host, run.host.environment.database
    found = run.found(Compared)
    update = [name for name, _ in found.updates]
    if found.install and not host.has_database(database):
        host.sql(sql.create(database, host.environment.database_user))
    image = _new(run)
    major = int(found.series.partition(".")[0])
    command = migration.arguments(database, update, found.install, major)
    log = run.folder / "migrate.log"
    migration.run(host, image, command, f"{run.tag}-migrate", log)


def _unmigrate(run: RunContext) -> None:
    checked = run.found(Checked)
    if checked.no_database:
        run.host.drop(run.host.environment.database)
        return
    if rollback_point.was_restored(run.host, facts.identity(run)):
        run.say("the database was restored by hand meanwhile: it stays as it is")
        return
    if not checked.fresh and "switch" in run.journal.story().begun:
        found = row_changes.since(run.host, run.found(OdooStopped).stopped)
        run.say(f"put aside with the new version: {row_changes.text(found)}")
    rollback_point.go_back(run.host, _point(run), rollback_point.aside(run.host, _number(run)))


def _start(run: RunContext) -> None:
    image = _new(run)
    if not side_by_side(run):
        run.note(Started(web.start(run.host, image)))
        return
    old = run.found(Old).old
    proxy.pin(run.host, web.name(run.host, old[0]))
    run.note(Started(web.start_beside(run.host, image, old)))


def _unstart(run: RunContext) -> None:
    if not side_by_side(run):
        web.remove(run.host)
        return
    there = run.host.containers(run.host.environment.web_service, everything=True)
    old = run.found(Old).old
    web.discard(run.host, [one for one in there if one not in old], 1)
    proxy.pin(run.host, "")


def _health(run: RunContext) -> None:
    web.check(run.host, run.found(Started).web)


def _switch(run: RunContext) -> None:
    if side_by_side(run):
        proxy.pin(run.host, web.name(run.host, run.found(Started).web))
    else:
        proxy.pin(run.host, "")
        proxy.open_again(run.host)
    if problem := proxy.answers(run.host):
        raise CheckFailed(f"the new version works, but {problem}", "look at the proxy's log")


def _unswitch(run: RunContext) -> None:
    if side_by_side(run):
        proxy.pin(run.host, web.name(run.host, run.found(Old).old[0]))
        proxy.drain(run.host)
    else:
        proxy.close(run.host)


# -- after the new version was accepted: only forward ------------------------------------------


def _retire(run: RunContext) -> None:
    if side_by_side(run):
        if not proxy.drain(run.host):
            run.say("some connections to the old version are still open: they are closed")
        web.discard(run.host, run.found(Old).old, run.host.environment.drain_seconds)
        proxy.pin(run.host, "")
    web.start_crons(run.host, _new(run))


def _record(run: RunContext) -> None:
    host = run.host
    image = run.found(ToRun).after
    code = installed_addons.of_image(
        host, image.reference, installed_addons.installed(host), f"{run.tag}-record"
    )
    deployed.write(
        host,
        deployed.State(
            image=image,
            run=run.folder.name,
            at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            addons={name: one for name, one in code.addons.items() if one.code},
            tested=not run.asked(DeployRequest).untested,
        ),
    )


def _tidy(run: RunContext) -> None:
    """Nothing here may spoil a deployment that was accepted: what fails is only said."""
    host, found, after = run.host, run.found(Checked), run.found(ToRun).after
    try:
        if not found.no_database and not side_by_side(run):
            rollback_point.drop(host, _point(run))
        kept_copies.tidy(run)
        needed = {after.id, found.before.id}
        if gone := image_store.tidy(host, host.environment.keep_images, needed):
            run.say(f"removed old images: {', '.join(gone)}")
        if host.environment.production:
            images.save(host, backups_of(run), after.reference, after.id)
    except (PipelineError, OSError) as error:
        run.say(f"warning: not everything could be tidied up: {error}")
    drop_ballast(host.runs)


def _parks(run: RunContext) -> bool:
    """Whether a person decides after a failure: with a backup to decide for, which neither a new
    database has nor one with PROD's people as they are."""
    return not run.asked(DeployRequest).auto_rollback and run.find(BackedUp) is not None


def _park(run: RunContext) -> str:
    halt(run)
    name, backup = run.host.environment.name, run.found(BackedUp).backup
    return (
        f"go back to the version before, on the VM in {run.host.environment.directory}: "
        f"pipeline environment rollback --environment {name} --manifest {backup}"
    )


def halt(run: RunContext) -> None:
    """Stop Odoo for good, with the old image recorded and the databases as they are.

    The proxy answers 503 as Odoo is down; its own switch is off, so that visitors see whatever
    starts Odoo again, also by hand.
    """
    run.sweep()
    web.remove(run.host)
    proxy.pin(run.host, "")
    proxy.open_again(run.host)


def _closes(run: RunContext) -> bool:
    return not side_by_side(run)


def _updates(run: RunContext) -> bool:
    found = run.find(Compared)
    return found is not None and bool(found.install or found.updates)


#: Those that change the database are left out when it needs no update.
DEPLOY = Kind(
    name=KIND,
    request=DeployRequest,
    steps=(
        PREFLIGHT,
        BACKUP,
        PULL,
        COMPARE,
        Step("clear", _clear, when=_updates),
        Step("maintenance", _maintenance, _no_maintenance, touches=True, when=_closes),
        Step("stop", _stop, _start_old, touches=True, notes=(Ran,), may_note=(OdooStopped, Old)),
        Step("rollback-point", _make_point, _drop_point, when=_updates, may_note=(Identity,)),
        Step("migrate", _migrate, _unmigrate, alters=True, when=_updates),
        Step("start", _start, _unstart, notes=(Started,)),
        Step("health", _health),
        Step("switch", _switch, _unswitch, accepts=True),
        Step("retire", _retire),
        Step("record", _record),
        Step("tidy", _tidy),
    ),
    parks=_parks,
    park=_park,
)
