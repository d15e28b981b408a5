"""A deployment: its steps, each with its undo (in :mod:`undo.deploy`).

If the database needs an update, Odoo is stopped and visitors get the maintenance page; otherwise
the new version starts next to the old one, and no request is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone

from pipeline.core.errors import CheckFailed, PipelineError
from pipeline.environment.backup import images
from pipeline.environment.host import image_store, proxy, sql
from pipeline.environment.odoo import installed_addons, migration, rollback_point, web
from pipeline.environment.operations.steps import (
    deployed,
    facts,
    kept_copies,
    maintenance,
    not_anonymized,
)
from pipeline.environment.operations.steps.comparison import Compared, side_by_side
from pipeline.environment.operations.steps.facts import (
    BackedUp,
    Checked,
    Identity,
    OdooStopped,
    OldContainers,
    Ran,
    Started,
    ToRun,
)
from pipeline.environment.operations.steps.preparation import (
    BACKUP,
    COMPARE,
    PREFLIGHT,
    PULL,
    PreparedRequest,
    backups_of,
)
from pipeline.environment.operations.undo import deploy as undo
from pipeline.environment.runs import kind_names
from pipeline.environment.runs.context import RunContext, Step, drop_ballast
from pipeline.environment.runs.runner import Kind


@dataclass(frozen=True, kw_only=True)
class DeployRequest(PreparedRequest):
    """A deployment.

    Attributes:
        image: the image, by its digest.
        version: its version.
        auto_rollback: whether every failure is undone; otherwise a person decides once the database
            was altered.
        untested: whether it is deployed although UAT did not run it.
    """

    image: str = field()
    version: str = field()
    auto_rollback: bool
    untested: bool = False


def _new(run: RunContext) -> str:
    return run.found(ToRun).after.reference


def _clear(run: RunContext) -> None:
    """Do in advance what would prolong the stop: remove old copies, write pending data to disk."""
    found = run.found(Checked)
    if found.fresh:
        return
    kept_copies.tidy(run)
    run.host.sql("CHECKPOINT;\n", size=found.database_size)


# -- the steps that visitors may notice --------------------------------------------------------


def _maintenance(run: RunContext) -> None:
    maintenance.close(run, _new(run))


def _stop(run: RunContext) -> None:
    facts.note_what_ran(run)
    if side_by_side(run):
        run.note(OldContainers(tuple(run.host.containers(run.host.environment.web_service))))
        web.stop_crons(run.host)
    else:
        run.note(OdooStopped(datetime.now(timezone.utc).isoformat()))
        web.stop(run.host)


def _make_point(run: RunContext) -> None:
    found = run.found(Checked)
    if not found.no_database:
        rollback_point.make(run.host, kept_copies.point(run), found.database_size)
        run.note(Identity(rollback_point.identity(run.host)))


def _migrate(run: RunContext) -> None:
    host, database = run.host, run.host.environment.database
    found = run.found(Compared)
    update = [name for name, _ in found.updates]
    if found.install and not host.has_database(database):
        host.sql(sql.create(database, host.environment.database_user))
    image = _new(run)
    command = migration.arguments(database, update, found.install, found.series)
    log = run.folder / "migrate.log"
    migration.run(host, image, command, f"{run.tag}-migrate", log)


def _start(run: RunContext) -> None:
    image = _new(run)
    if not side_by_side(run):
        run.note(Started(web.start(run.host, image)))
        return
    old = run.found(OldContainers).old
    proxy.pin(run.host, web.name(run.host, old[0]))
    run.note(Started(web.start_second(run.host, image, old)))


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


# -- after the new version was accepted: only forward ------------------------------------------


def _retire(run: RunContext) -> None:
    if side_by_side(run):
        if not proxy.drain(run.host):
            run.say("some connections to the old version are still open: they are closed")
        web.discard(run.host, run.found(OldContainers).old, run.host.environment.drain_seconds)
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
    """The deployment was accepted: a failure here is only reported."""
    host, found, after = run.host, run.found(Checked), run.found(ToRun).after
    try:
        if not found.no_database and not side_by_side(run):
            rollback_point.drop(host, kept_copies.point(run))
        kept_copies.tidy(run)
        not_anonymized.forget_copies(host, run.say)
        needed = {after.id, found.before.id}
        if gone := image_store.tidy(host, host.environment.keep_images, needed):
            run.say(f"removed old images: {', '.join(gone)}")
        if host.environment.production:
            images.save(host, backups_of(run), after.reference, after.id)
    except (PipelineError, OSError) as error:
        run.say(f"warning: not everything could be tidied up: {error}")
    drop_ballast(host.runs)


def _parks(run: RunContext) -> bool:
    """Whether a person decides after a failure. Not without a backup to return to, which a new
    database and one with PROD's personal data do not have."""
    return not run.asked(DeployRequest).auto_rollback and run.find(BackedUp) is not None


def _closes(run: RunContext) -> bool:
    return not side_by_side(run)


def _updates(run: RunContext) -> bool:
    found = run.find(Compared)
    return found is not None and bool(found.install or found.updates)


#: The steps that change the database are skipped when it needs no update.
DEPLOY = Kind(
    name=kind_names.DEPLOY,
    request=DeployRequest,
    steps=(
        PREFLIGHT,
        BACKUP,
        PULL,
        COMPARE,
        Step("clear", _clear, when=_updates),
        Step("maintenance", _maintenance, maintenance.open_again, touches=True, when=_closes),
        Step(
            "stop",
            _stop,
            undo.start_old,
            touches=True,
            notes=(Ran,),
            may_note=(OdooStopped, OldContainers),
        ),
        Step(
            "rollback-point",
            _make_point,
            undo.drop_rollback_point,
            when=_updates,
            may_note=(Identity,),
        ),
        Step("migrate", _migrate, undo.restore_database, alters=True, when=_updates),
        Step("start", _start, undo.discard_new_version, notes=(Started,)),
        Step("health", _health),
        Step("switch", _switch, undo.switch_back, accepts=True),
        Step("retire", _retire),
        Step("record", _record),
        Step("tidy", _tidy),
    ),
    parks=_parks,
    park=undo.halt,
)
