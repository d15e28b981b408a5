"""A drill: a backup is restored in isolation, and Odoo is started on it. All of it is removed
again.

The restore uses the same code as a real one: over a copy of the live database (without its rows),
and then once more over itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import limits
from pipeline.core.errors import CheckFailed, ToolError
from pipeline.core.sent import script
from pipeline.environment.backup import create, verify
from pipeline.environment.backup.dump import dump
from pipeline.environment.backup.manifest import Image
from pipeline.environment.backup.throwaway import Throwaway
from pipeline.environment.host import image_store, inside, sql
from pipeline.environment.host.host import MAINTENANCE
from pipeline.environment.machine import preflight, restore_locks
from pipeline.environment.odoo import web
from pipeline.environment.operations.steps.chosen_backup import (
    ChosenBackup,
    backup_of,
    folder_of,
    have_image,
)
from pipeline.environment.runs import kind_names
from pipeline.environment.runs.context import RunContext, Step
from pipeline.environment.runs.noted import Fact
from pipeline.environment.runs.runner import Kind

#: A dump is smaller than its database by at least this factor.
_PACKED = 4


@dataclass(frozen=True)
class KnownNames(Fact):
    """The image of the backup.

    Attributes:
        known: its names that existed on the machine before.
        has_image: whether the backup names one at all.
    """

    known: tuple[str, ...]
    has_image: bool


@dataclass(frozen=True)
class Tried(Fact):
    """``image``: the image with which Odoo is started; it is on the machine."""

    image: Image


def _store(run: RunContext) -> Path:
    return folder_of(run) / backup_of(run).filestore.name


def _throwaway(run: RunContext) -> Throwaway:
    return Throwaway(run.host, run.tag, run.folder)


def _preflight(run: RunContext) -> None:
    host, backup = run.host, backup_of(run)
    preflight.programs(host)
    preflight.database(host, start=False)
    # While one restore replaces the other, both are on the disk.
    one = max(host.database_size(), backup.dump.size * _PACKED)
    preflight.space({host.daemon.root(): 2 * one + preflight.MARGIN})
    names = _names(run)
    known = tuple(name for name in names if name and host.daemon.image_id(name))
    run.note(KnownNames(known, has_image=bool(backup.image.id)))
    if host.has_database(host.environment.database) and (few := restore_locks.too_few(host)):
        run.say(f"warning: {few}")
    if not backup.image.id:
        run.say("warning: the backup names no image: Odoo is not started on it")


def _verify(run: RunContext) -> None:
    verify.check(folder_of(run), backup_of(run))


def _has_image(run: RunContext) -> bool:
    found = run.find(KnownNames)
    return found is not None and found.has_image


@contextmanager
def _of_the_backup() -> Iterator[None]:
    """A program's error in the block is the backup's fault, not this machine's."""
    try:
        yield
    except ToolError as error:
        raise CheckFailed(error.message, error.fix) from error


def _image(run: RunContext) -> None:
    with _of_the_backup():
        run.note(Tried(have_image(run)))


def _forget_image(run: RunContext) -> None:
    """Remove an image that was pulled for the drill."""
    for name in _names(run):
        if name not in run.found(KnownNames).known:
            run.host.daemon.untag(name)


def _names(run: RunContext) -> tuple[str, ...]:
    """All names that the image can have on this machine, its id last."""
    image = backup_of(run).image
    return (image.reference, image_store.kept_name(run.host, image.id), image.id)


def _server(run: RunContext) -> None:
    _throwaway(run).start_server()


def _remove(run: RunContext) -> None:
    _throwaway(run).remove()


def _populate(run: RunContext) -> None:
    """Make the database like the live one, but without rows: what a restore has to replace."""
    host, backup, there = run.host, backup_of(run), _throwaway(run)
    live = {str(row["name"]) for row in host.rows(create.ROLES, MAINTENANCE)}
    there.create(backup.database, {*backup.roles, *live})
    if host.has_database(backup.database):
        dump.copy_schema(host, there.server, run.tag, preflight.data_seconds(host))


def _restore(run: RunContext) -> None:
    _load(run, as_is=False)


def _restore_again(run: RunContext) -> None:
    _load(run, as_is=True)


def _load(run: RunContext, as_is: bool) -> None:
    backup = backup_of(run)
    path, server = folder_of(run) / backup.dump.name, _throwaway(run).server
    limit = preflight.data_seconds(run.host)
    with _of_the_backup():
        dump.load(run.host, path, backup.database, server, limit, as_is=as_is)


def _compare(run: RunContext) -> None:
    found = verify.differences(folder_of(run), backup_of(run), _throwaway(run).rows)
    if found:
        more = f"; and {len(found) - 5} more" if found[5:] else ""
        raise CheckFailed(
            f"what was restored is not what was backed up: {'; '.join(found[:5])}{more}",
            "make a new backup; keep this one",
        )
    run.say(f"restored twice, {len(backup_of(run).rows)} tables and all attachments are right")


def _odoo(run: RunContext) -> None:
    """Store new files in the database, because the backup's folders are read-only there."""
    there = _throwaway(run)
    values = {"ir_attachment.location": "db", "report.url": f"http://{there.odoo}:{web.PORT}"}
    there.execute(
        "".join(
            f"INSERT INTO ir_config_parameter (key, value) VALUES ({sql.text(key)}, "
            f"{sql.text(value)}) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value;\n"
            for key, value in values.items()
        )
    )
    run.host.daemon.remove(there.odoo)
    started = ("--detach", "--name", there.odoo)
    argv = there.odoo_command(run.found(Tried).image.reference, _store(run), *started)
    run.host.run((*argv, "odoo", *there.odoo_options(), "--max-cron-threads=0"))


def _health(run: RunContext) -> None:
    there = _throwaway(run)
    web.check(run.host, there.odoo, there.rows)
    run.say("Odoo works on the restored data: health, login page, an asset")


def _pdf(run: RunContext) -> None:
    there = _throwaway(run)
    name = f"{there.odoo}-pdf"
    run.host.daemon.remove(name)
    once = ("--rm", "--interactive", "--name", name)
    argv = there.odoo_command(run.found(Tried).image.reference, _store(run), *once)
    command = ("odoo", "shell", *there.odoo_options(), "--no-http", "--log-level=critical")
    said = run.host.run(
        (*argv, *command),
        stdin=script(inside, "make_pdf"),
        timeout=run.host.environment.health_seconds + limits.PAGE,
    ).stdout
    answers = [line.split(" ", 2) for line in said.splitlines() if line.startswith("DRILL ")]
    if not answers:
        raise CheckFailed("`odoo shell` ended before the report", f"check the image {name}")
    _, answer, detail = answers[-1]
    if answer == "none":
        run.say(f"no PDF was made: {detail}")
    elif answer == "made":
        run.say(f"a PDF of {int(detail) >> 10} KB was made")
    else:
        raise CheckFailed(
            f"Odoo cannot render a report as PDF: {detail}",
            "check wkhtmltopdf in the image; where it crashes (code -11), limit_memory_hard of "
            "odoo.conf is below Odoo's default of 2.5 GiB",
        )


def _all_gone(run: RunContext) -> None:
    _remove(run)
    if _has_image(run):
        _forget_image(run)


DRILL = Kind(
    name=kind_names.DRILL,
    request=ChosenBackup,
    steps=(
        Step("preflight", _preflight, notes=(KnownNames,)),
        Step("verify", _verify),
        Step("image", _image, _forget_image, when=_has_image, notes=(Tried,)),
        Step("server", _server, _remove),
        Step("populate", _populate),
        Step("restore", _restore),
        Step("restore-again", _restore_again),
        Step("compare", _compare),
        Step("odoo", _odoo, when=_has_image),
        Step("health", _health, when=_has_image),
        Step("pdf", _pdf, when=_has_image),
        Step("remove", _all_gone),
    ),
)
