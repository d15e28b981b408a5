"""UAT gets an anonymized database of PROD: loaded next to the one that runs, then put in its place.

UAT works on its own data until the stop. Whatever fails is undone; the database that was
replaced is kept aside, closed, until the next run.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import limits
from pipeline.core.errors import CheckFailed, InputError
from pipeline.environment.host import docker, proxy, sql
from pipeline.environment.host.host import Host
from pipeline.environment.machine import preflight
from pipeline.environment.odoo import rollback_point, web
from pipeline.environment.operations.steps import facts, kept_copies, not_anonymized
from pipeline.environment.operations.steps.facts import Checked, Identity, Ran, Started
from pipeline.environment.operations.steps.preparation import BACKUP, PREFLIGHT, PreparedRequest
from pipeline.environment.runs import lock, run_history
from pipeline.environment.runs.context import RunContext, Step, drop_ballast
from pipeline.environment.runs.journal import Story
from pipeline.environment.runs.noted import Fact
from pipeline.environment.runs.runner import Kind

KIND = "load-refresh"
_CHUNK = 1 << 20
#: A dump that nothing was written to for so long belongs to no transfer that is under way.
_ORPHAN_SECONDS = 3600.0
_RESTORE = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
_UNACCENT = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'unaccent') THEN
    ALTER FUNCTION unaccent(text) IMMUTABLE;
  END IF;
END $$;
"""
#: What `pipeline privacy anonymize` leaves, and nothing else does.
_ANONYMIZED = """
SELECT (SELECT count(*) FROM ir_config_parameter
         WHERE (key, lower(value)) IN (('database.is_neutralized', 'true'),
                                       ('web.base.url.freeze', 'true'))) AS marks,
       (SELECT count(*) FROM ir_mail_server WHERE smtp_host <> 'invalid') AS servers
"""


@dataclass(frozen=True, kw_only=True)
class RefreshRequest(PreparedRequest):
    """A dump to load.

    Attributes:
        dump: path of the file.
        sha256: of its content.
        expected: what UAT must run, by reference: the code that updated the database; empty: any.
        anonymized: whether people's data were replaced.
    """

    dump: str
    sha256: str
    expected: str = ""
    anonymized: bool = True


@dataclass(frozen=True)
class WasRaw(Fact):
    """``was_raw``: whether the database that is replaced has PROD's people as they are."""

    was_raw: bool


def request(dump: Path, sha256: str, image: str, what: str, anonymized: bool) -> RefreshRequest:
    """What is asked for, with words for the history.

    Args:
        dump: the file.
        sha256: of its content.
        image: what UAT must run, by reference: the code that updated the database; empty: any.
        what: what is in the dump, for the history.
        anonymized: whether people's data were replaced.
    """
    return RefreshRequest(
        dump=str(dump),
        sha256=sha256,
        expected=image,
        version=what if anonymized else f"{what} NOT ANONYMIZED".strip(),
        anonymized=anonymized,
        reason="before a refresh from PROD",
    )


def _dump(run: RunContext) -> Path:
    return Path(run.asked(RefreshRequest).dump)


def _number(run: RunContext) -> str:
    return run.folder.name[:6]


def _new(run: RunContext) -> str:
    return rollback_point.name(run.host, _number(run))


def _aside(run: RunContext) -> str:
    return rollback_point.aside(run.host, _number(run))


def _image(run: RunContext) -> str:
    return run.found(Checked).before.reference


def _check(run: RunContext) -> None:
    asked, path = run.asked(RefreshRequest), _dump(run)
    if run.host.environment.production:
        raise InputError("PROD is never refreshed", "give --environment uat")
    if run.found(Checked).fresh:
        raise InputError("UAT has no database yet", "deploy an image to it first")
    preflight.named(run.host, _image(run))
    preflight.prepared(run.host)
    run.note(WasRaw(not_anonymized.is_raw(run.host)))
    if asked.expected and asked.expected != _image(run):
        raise CheckFailed(
            f"UAT runs {_image(run)} now, and the database was made for {asked.expected}",
            "UAT was deployed meanwhile: start the refresh again",
        )
    try:
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while part := file.read(_CHUNK):
                digest.update(part)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "check --dump") from error
    if digest.hexdigest() != asked.sha256:
        raise CheckFailed(
            f"{path} is not the file that was verified: its SHA-256 is {digest.hexdigest()}",
            "copy it to this machine again",
        )


def _forget(run: RunContext) -> None:
    """However a run ends, the dump is not left on the disk, nor are files that nothing names.

    A run that did not get the lock leaves the files: they may be those of the run that has it.
    """
    with contextlib.suppress(OSError):  # the next one, or a resume, tries again
        _dump(run).unlink(missing_ok=True)
    if lock.mine(run.host.runs):
        not_anonymized.prune(run.host, run.say)
        stories = [past.story for past in run_history.history(run.host.runs)]
        _forget_dumps(run.host, stories)


def forget_orphans(host: Host, stories: Sequence[Story]) -> None:
    """Remove dumps, and files of PROD, that were brought here for a run that never began."""
    _forget_dumps(host, stories)
    listed = host.runs / not_anonymized.LIST
    with contextlib.suppress(OSError):
        if time.time() - listed.stat().st_mtime > _ORPHAN_SECONDS:
            not_anonymized.prune(host, lambda text: None)


def _forget_dumps(host: Host, stories: Sequence[Story]) -> None:
    """A run that waits for its turn has written down which dump it wants."""
    wanted = {one.began.request.get("dump") for one in stories if one.ended is None}
    for path in (host.runs / "refresh").glob("*.dump"):
        with contextlib.suppress(OSError):
            if str(path) not in wanted and time.time() - path.stat().st_mtime > _ORPHAN_SECONDS:
                path.unlink()


def _load(run: RunContext) -> None:
    host, new = run.host, _new(run)
    host.drop(new)
    host.sql(sql.create(new, host.environment.database_user))
    # Indexes can need unaccent() as Odoo makes it, which no dump says: it is made so in between.
    _restore(run, "pre-data")
    host.sql(_UNACCENT, new)
    _restore(run, "data", "post-data")
    found = host.rows(_ANONYMIZED, new)[0]
    if found["marks"] != 2 or found["servers"]:
        raise CheckFailed(
            "the dump lacks the marks of an anonymized and neutralized database",
            "make it with `dagger call uat … refresh … run`, or `pipeline privacy anonymize`",
        )
    if run.asked(RefreshRequest).anonymized:
        if not_anonymized.is_raw(host, new):
            raise CheckFailed(
                "the dump is marked as not anonymized",
                "give --not-anonymized if that is intended, or make it with `pipeline privacy"
                " anonymize`",
            )
    else:
        not_anonymized.mark(host, new)
    host.sql(sql.close(new) + sql.end_sessions(new))


def _restore(run: RunContext, *sections: str) -> None:
    options = [*_RESTORE, *(f"--section={one}" for one in sections), "--dbname", _new(run)]
    seconds = preflight.data_seconds(run.host)
    place = run.host.environment
    argv = docker.in_database(place, "pg_restore", *options, tag=run.tag, seconds=seconds)
    late, path = seconds + limits.CLIENT, _dump(run)
    with run.host.talk(argv, timeout=late) as program, path.open("rb") as file:
        assert program.stdin
        # A restore of one part need not read to the end; whether it was good its exit code says.
        with contextlib.suppress(BrokenPipeError):
            while part := file.read(_CHUNK):
                program.stdin.write(part)
            program.stdin.flush()


def _unload(run: RunContext) -> None:
    if run.host.has_database(run.host.environment.database):
        run.host.drop(_new(run))


def _maintenance(run: RunContext) -> None:
    proxy.start(run.host, _image(run))
    proxy.close(run.host)


def _no_maintenance(run: RunContext) -> None:
    proxy.open_again(run.host)


def _stop(run: RunContext) -> None:
    if run.find(Ran) is None:
        run.note(Ran(web.running(run.host), worked=web.works(run.host)))
    web.stop(run.host)


def _start_again(run: RunContext) -> None:
    before = facts.ran(run)
    web.start_again(run.host, _image(run), before.ran, before.worked, run.say)


def _replace(run: RunContext) -> None:
    kept_copies.tidy(run)
    rollback_point.go_back(run.host, _new(run), _aside(run))
    run.note(Identity(rollback_point.identity(run.host)))


def _put_back(run: RunContext) -> None:
    if rollback_point.was_restored(run.host, facts.identity(run)):
        run.say("the database was restored by hand meanwhile: it stays as it is")
        return
    rollback_point.go_back(run.host, _aside(run), _new(run))


def _start(run: RunContext) -> None:
    run.note(Started(web.start(run.host, _image(run))))


def _unstart(run: RunContext) -> None:
    web.stop(run.host)


def _health(run: RunContext) -> None:
    web.check(run.host, run.found(Started).web)


def _switch(run: RunContext) -> None:
    proxy.open_again(run.host)
    if problem := proxy.answers(run.host):
        raise CheckFailed(f"the refreshed UAT works, but {problem}", "look at the proxy's log")


def _crons(run: RunContext) -> None:
    web.start_crons(run.host, _image(run))


def _tidy(run: RunContext) -> None:
    if run.found(WasRaw).was_raw:
        rollback_point.drop(run.host, _aside(run))
        run.say("the database as it was had PROD's people in it, and is not kept")
    else:
        run.say(f"the database as it was is kept as {_aside(run)} until the next run")
    drop_ballast(run.host.runs)


REFRESH = Kind(
    name=KIND,
    request=RefreshRequest,
    steps=(
        PREFLIGHT,
        Step("check", _check, notes=(WasRaw,)),
        BACKUP,
        Step("load", _load, _unload),
        Step("maintenance", _maintenance, _no_maintenance, touches=True),
        Step("stop", _stop, _start_again, touches=True, notes=(Ran,)),
        Step("replace", _replace, _put_back, notes=(Identity,)),
        Step("start", _start, _unstart, notes=(Started,)),
        Step("health", _health),
        Step("switch", _switch, _maintenance, accepts=True),
        Step("crons", _crons),
        Step("tidy", _tidy),
    ),
    after=_forget,
)
