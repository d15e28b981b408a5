"""The steps of a deployment that nobody notices: preflight, backup, pull, compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.core.references import digest_in
from pipeline.core.wording import counted
from pipeline.environment.backup import catalog, create
from pipeline.environment.backup.manifest import Image
from pipeline.environment.host import image_store
from pipeline.environment.host.host import Host
from pipeline.environment.machine import facts, preflight
from pipeline.environment.odoo import installed_addons
from pipeline.environment.odoo.installed_addons import Addon
from pipeline.environment.operations.steps import deployed, downgrade, not_anonymized, reopen
from pipeline.environment.runs.run import Run, Step, load_ballast


def check(host: Host, backups: Path, image: str, version: str) -> dict[str, Any]:
    """Everything that can be known before anything is touched; gives what was found.

    A database that is down is started, and opened when it is closed.

    Args:
        host: the VM.
        backups: where the backup will go.
        image: the image to deploy; empty: none.
        version: its version; empty: none.

    Raises:
        PipelineError: the first thing that is wrong, and the fix.
    """
    before = machine(host, backups, version)
    preflight.database(host, start=True)
    reopen.database(host)
    return database(host, backups, image, before)


def machine(host: Host, backups: Path, version: str) -> Image:
    """What can be known without the database; gives the image that runs. Else as :func:`check`."""
    preflight.variables(host.environment, host.dotenv)
    preflight.writable([host.environment.directory, backups])
    preflight.programs(host)
    before = deployed.read(host).image
    downgrade.check(host, before.version, version, backups)
    preflight.services(host)
    preflight.port(host)
    return before


def database(host: Host, backups: Path, image: str, before: Image) -> dict[str, Any]:
    """What the database says, once it runs. Else as :func:`check`."""
    if image:
        preflight.prepared(host)
    size = preflight.database_size(host)
    here = room(host, backups, image, size)
    return {
        "before": asdict(before),
        "fresh": not in_use(host),
        "database_size": size,
        "image_here": here,
    }


def room(host: Host, backups: Path, image: str, size: int) -> bool:
    """Whether the image is here; with room on the disks for it, and for a database of that size."""
    here = not image or bool(host.daemon.image_id(image))
    preflight.space(preflight.needs(size, here, host.daemon.root(), backups))
    return here


def in_use(host: Host) -> bool:
    """Whether there is an Odoo database."""
    if not host.has_database(host.environment.database):
        return False
    query = "SELECT to_regclass('public.ir_module_module') IS NOT NULL AS there"
    return bool(host.rows(query)[0]["there"])


def backups_of(run: Run) -> Path:
    """Where this run's backup goes."""
    return Path(run.request.get("backup_path") or run.host.environment.backups)


def _preflight(run: Run) -> None:
    image, version = run.request.get("image", ""), run.request.get("version", "")
    found = check(run.host, backups_of(run), image, version)
    load_ballast(run.host.runs)
    if short := preflight.small(facts.memory(), facts.cpus()):
        run.say(f"warning: this machine has only {short}")
    run.note(**found)


def _backup(run: Run) -> None:
    if run.facts["fresh"]:
        run.say("there is no database yet: nothing to back up")
        return
    if not_anonymized.is_raw(run.host):
        run.say("no backup: this database has PROD's people as they are, and a backup would too")
        return
    image = deployed.image_from(run.facts["before"])
    recorded = deployed.read(run.host).addons
    made = create.create(
        run.host,
        create.Order(
            folder=backups_of(run),
            reason=run.request["reason"],
            tag=run.tag,
            image=image,
            save_image=run.host.environment.production,
            hashes={
                name: {"code": one.code, "update": one.update} for name, one in recorded.items()
            },
            say=run.say,
        ),
    )
    run.note(backup=str(backups_of(run) / made.file_name), moment=made.moment)
    run.say(
        f"backup {made.stamp}: database {made.dump['size'] >> 10} KB, "
        f"{counted(made.filestore['files'], 'file')} ({made.filestore['linked']} unchanged)"
    )


def _no_backup(run: Run) -> None:
    catalog.clean(run.host, backups_of(run))


def _pull(run: Run) -> None:
    image = run.request["image"]
    identity = image_store.pull(run.host, image, run.registry)
    after = Image(image, digest_in(image), identity, run.request["version"])
    run.note(after=asdict(after))


def _compare(run: Run) -> None:
    host, version = run.host, run.request["version"]
    way_back = downgrade.way_back(host, version, backups_of(run))
    image, container = run.request["image"], f"{run.tag}-addons"
    run.note(**compared(host, run.facts, image, container, way_back))
    run.say(run.facts["why"])


def compared(
    host: Host, facts: Mapping[str, Any], image: str, container: str, way_back: str
) -> dict[str, Any]:
    """What an image that is on the machine means for the database: facts for the steps to come.

    Raises:
        Refused: the image lacks an installed add-on, or is older than the database.
    """
    if facts["fresh"]:
        code = installed_addons.of_image(host, image, {}, container)
        install = list(installed_addons.fresh(code, host.environment.install))
        found = {"install": install, "updates": [], "side": False}
        return {**found, "why": new_database(install), "series": code.series}
    modules = installed_addons.installed(host)
    new = installed_addons.of_image(host, image, modules, container)
    running = running_code(host, facts["before"], modules, container)
    result = installed_addons.compare(modules, running, new, image, way_back)
    updates = [[one.addon, one.reason] for one in result.updates]
    web = bool(host.containers(host.environment.web_service))
    side = not updates and web and bool(host.containers(host.environment.proxy_service))
    return {
        "install": [],
        "updates": updates,
        "side": side,
        "series": new.series,
        "why": _why(updates, result.code, side) + _only_there(result.elsewhere),
    }


def new_database(install: Sequence[str]) -> str:
    """What a deployment to an environment without a database of Odoo makes."""
    return f"a new database with {', '.join(install)}"


def running_code(
    host: Host, before: Mapping[str, Any], modules: Mapping[str, Any], container: str
) -> dict[str, Addon]:
    """The code that the database was last updated with: that of the running image.

    Without the image on the machine, what the last deployment recorded of it.
    """
    if before["id"]:
        return installed_addons.of_image(host, before["reference"], modules, container).addons
    return deployed.read(host).addons


def _why(updates: list[list[str]], code: tuple[str, ...], side: bool) -> str:
    if updates:
        shown = "; ".join(f"{name} ({reason})" for name, reason in updates[:8])
        more = f" and {len(updates) - 8} more" if updates[8:] else ""
        return f"to update: {shown}{more}"
    changed = f"; changed code: {', '.join(code)}" if code else ""
    how = "the versions change side by side" if side else "Odoo is not running, it is started"
    return f"no installed add-on needs an update{changed}: {how}"


def _only_there(modules: tuple[str, ...]) -> str:
    return f"; in the database alone, and kept: {', '.join(modules)}" if modules else ""


PREFLIGHT = Step("preflight", _preflight)
BACKUP = Step("backup", _backup, _no_backup)
PULL = Step("pull", _pull)
COMPARE = Step("compare", _compare)
