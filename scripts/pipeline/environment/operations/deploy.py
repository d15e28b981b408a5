"""A deployment: its steps, each with its undo.

With an update of the database Odoo is stopped, and visitors get the maintenance page; without one
the new version starts next to the old one, and no request is lost.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from pipeline.core.errors import CheckFailed, PipelineError
from pipeline.environment.backup import images
from pipeline.environment.host import image_store, proxy, sql
from pipeline.environment.odoo import installed_addons, migration, rollback_point, row_changes, web
from pipeline.environment.operations.steps import deployed, kept_copies
from pipeline.environment.operations.steps.preparation import (
    BACKUP,
    COMPARE,
    PREFLIGHT,
    PULL,
    backups_of,
)
from pipeline.environment.runs.run import Run, Step, drop_ballast
from pipeline.environment.runs.runner import Kind

KIND = "deploy"


def request(image: str, version: str, auto_rollback: bool, **more: Any) -> dict[str, Any]:
    """What is asked for, as the journal keeps it."""
    return {
        "image": image,
        "version": version,
        "auto_rollback": auto_rollback,
        "reason": f"before {version}",
        **more,
    }


def side_by_side(run: Run) -> bool:
    """Whether the versions change side by side."""
    return bool(run.facts.get("side"))


def _number(run: Run) -> str:
    return run.folder.name[:6]


def _point(run: Run) -> str:
    return rollback_point.name(run.host, _number(run))


def _image(run: Run, which: str) -> str:
    return str(run.facts[which]["reference"])


def _clear(run: Run) -> None:
    """Do beforehand what the stop would have to wait for: old copies, and what is not on disk."""
    if run.facts["fresh"]:
        return
    kept_copies.tidy(run)
    run.host.sql("CHECKPOINT;\n", size=run.facts["database_size"])


# -- the steps that visitors may notice --------------------------------------------------------


def _maintenance(run: Run) -> None:
    proxy.start(run.host, _image(run, "after"))
    proxy.close(run.host)


def _no_maintenance(run: Run) -> None:
    proxy.open_again(run.host)


def _stop(run: Run) -> None:
    if "ran" not in run.facts:
        run.note(ran=web.running(run.host))
    if side_by_side(run):
        run.note(old=run.host.containers(run.host.environment.web_service))
        web.stop_crons(run.host)
    else:
        run.note(stopped=datetime.now(timezone.utc).isoformat())
        web.stop(run.host)


def _start_old(run: Run) -> None:
    image = _image(run, "before")
    if not image:
        web.remove(run.host)
        return
    ran = run.facts.get("ran", web.services(run.host))
    if not side_by_side(run) and run.host.environment.web_service in ran:
        web.check(run.host, web.start(run.host, image))
    if run.host.environment.cron_service in ran:
        web.start_crons(run.host, image)


def _make_point(run: Run) -> None:
    if not run.facts["fresh"]:
        rollback_point.make(run.host, _point(run), run.facts["database_size"])
        run.note(identity=rollback_point.identity(run.host))


def _drop_point(run: Run) -> None:
    if not run.facts["fresh"]:
        rollback_point.drop(run.host, _point(run))


def _migrate(run: Run) -> None:
    host, database = run.host, run.host.environment.database
    install, update = run.facts["install"], [name for name, _ in run.facts["updates"]]
    if install and not host.has_database(database):
        host.sql(sql.create(database, host.environment.database_user))
    image = _image(run, "after")
    major = int(run.facts["series"].partition(".")[0])
    command = migration.arguments(database, update, install, major)
    log = run.folder / "migrate.log"
    migration.run(host, image, command, f"{run.tag}-migrate", log)


def _unmigrate(run: Run) -> None:
    if run.facts["fresh"]:
        run.host.sql(sql.drop(run.host.environment.database))
        return
    if rollback_point.was_restored(run.host, run.facts.get("identity", "")):
        run.say("the database was restored by hand meanwhile: it stays as it is")
        return
    if "switch" in run.journal.story().begun:
        found = row_changes.since(run.host, run.facts["stopped"])
        run.say(f"put aside with the new version: {row_changes.text(found)}")
    rollback_point.go_back(run.host, _point(run), rollback_point.aside(run.host, _number(run)))


def _start(run: Run) -> None:
    image = _image(run, "after")
    if not side_by_side(run):
        run.note(web=web.start(run.host, image))
        return
    proxy.pin(run.host, web.name(run.host, run.facts["old"][0]))
    run.note(web=web.start_beside(run.host, image, run.facts["old"]))


def _unstart(run: Run) -> None:
    if not side_by_side(run):
        web.remove(run.host)
        return
    there = run.host.containers(run.host.environment.web_service, everything=True)
    web.discard(run.host, [one for one in there if one not in run.facts["old"]], 1)
    proxy.pin(run.host, "")


def _health(run: Run) -> None:
    web.check(run.host, run.facts["web"])


def _switch(run: Run) -> None:
    if side_by_side(run):
        proxy.pin(run.host, web.name(run.host, run.facts["web"]))
    else:
        proxy.pin(run.host, "")
        proxy.open_again(run.host)
    if problem := proxy.answers(run.host):
        raise CheckFailed(f"the new version works, but {problem}", "look at the proxy's log")


def _unswitch(run: Run) -> None:
    if side_by_side(run):
        proxy.pin(run.host, web.name(run.host, run.facts["old"][0]))
        proxy.drain(run.host)
    else:
        proxy.close(run.host)


# -- after the new version was accepted: only forward ------------------------------------------


def _retire(run: Run) -> None:
    if side_by_side(run):
        if not proxy.drain(run.host):
            run.say("some connections to the old version are still open: they are closed")
        web.discard(run.host, run.facts["old"], run.host.environment.drain_seconds)
        proxy.pin(run.host, "")
    web.start_crons(run.host, _image(run, "after"))


def _record(run: Run) -> None:
    host = run.host
    image = deployed.image_from(run.facts["after"])
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
            tested=not run.request.get("untested", False),
        ),
    )


def _tidy(run: Run) -> None:
    """Nothing here may spoil a deployment that was accepted: what fails is only said."""
    host, before = run.host, run.facts["before"]["id"]
    try:
        if not run.facts["fresh"] and not side_by_side(run):
            rollback_point.drop(host, _point(run))
        kept_copies.tidy(run)
        needed = {run.facts["after"]["id"], before}
        if gone := image_store.tidy(host, host.environment.keep_images, needed):
            run.say(f"removed old images: {', '.join(gone)}")
        if host.environment.production:
            images.save(host, backups_of(run), _image(run, "after"), run.facts["after"]["id"])
    except (PipelineError, OSError) as error:
        run.say(f"warning: not everything could be tidied up: {error}")
    drop_ballast(host.runs)


def _parks(run: Run) -> bool:
    """Whether a person decides after a failure: with a backup to decide for, which neither a new
    database has nor one with PROD's people as they are."""
    return not run.request["auto_rollback"] and "backup" in run.facts


def _park(run: Run) -> str:
    halt(run)
    name = run.host.environment.name
    return (
        f"go back to the version before, on the VM in {run.host.environment.directory}: "
        f"pipeline environment rollback --environment {name} --manifest {run.facts['backup']}"
    )


def halt(run: Run) -> None:
    """Stop Odoo for good, with the old image recorded and the databases as they are.

    The proxy answers 503 as Odoo is down; its own switch is off, so that visitors see whatever
    starts Odoo again, also by hand.
    """
    run.sweep()
    web.remove(run.host)
    proxy.pin(run.host, "")
    proxy.open_again(run.host)


def _closes(run: Run) -> bool:
    return not side_by_side(run)


def _updates(run: Run) -> bool:
    return bool(run.facts.get("install") or run.facts.get("updates"))


#: Those that change the database are left out when it needs no update.
DEPLOY = Kind(
    name=KIND,
    steps=(
        PREFLIGHT,
        BACKUP,
        PULL,
        COMPARE,
        Step("clear", _clear, when=_updates),
        Step("maintenance", _maintenance, _no_maintenance, touches=True, when=_closes),
        Step("stop", _stop, _start_old, touches=True),
        Step("rollback-point", _make_point, _drop_point, when=_updates),
        Step("migrate", _migrate, _unmigrate, alters=True, when=_updates),
        Step("start", _start, _unstart),
        Step("health", _health),
        Step("switch", _switch, _unswitch, accepts=True),
        Step("retire", _retire),
        Step("record", _record),
        Step("tidy", _tidy),
    ),
    parks=_parks,
    park=_park,
)
