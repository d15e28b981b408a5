"""UAT gets an anonymized database of PROD: loaded next to the one that runs, then put in its place.

UAT works on its own data until the stop. Whatever fails is undone; the database that was
replaced is kept aside, closed, until the next run.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.core import limits
from pipeline.core.errors import CheckFailed, InputError
from pipeline.environment.host import docker, proxy, sql
from pipeline.environment.host.host import Host
from pipeline.environment.machine import preflight
from pipeline.environment.odoo import rollback_point, web
from pipeline.environment.operations.steps import kept_copies, not_anonymized
from pipeline.environment.operations.steps.preparation import BACKUP, PREFLIGHT
from pipeline.environment.runs import lock, run_history
from pipeline.environment.runs.journal import Story
from pipeline.environment.runs.run import Run, Step, drop_ballast
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


def request(dump: Path, sha256: str, image: str, what: str, anonymized: bool) -> dict[str, Any]:
    """What is asked for, as the journal keeps it.

    Args:
        dump: the file.
        sha256: of its content.
        image: what UAT must run, by reference: the code that updated the database; empty: any.
        what: what is in the dump, for the history.
        anonymized: whether people's data were replaced.
    """
    return {
        "dump": str(dump),
        "sha256": sha256,
        "expected": image,
        "version": what if anonymized else f"{what} NOT ANONYMIZED".strip(),
        "anonymized": anonymized,
        "reason": "before a refresh from PROD",
    }


def _number(run: Run) -> str:
    return run.folder.name[:6]


def _new(run: Run) -> str:
    return rollback_point.name(run.host, _number(run))


def _aside(run: Run) -> str:
    return rollback_point.aside(run.host, _number(run))


def _image(run: Run) -> str:
    return str(run.facts["before"]["reference"])


def _check(run: Run) -> None:
    path = Path(run.request["dump"])
    if run.host.environment.production:
        raise InputError("PROD is never refreshed", "give --environment uat")
    if run.facts["fresh"]:
        raise InputError("UAT has no database yet", "deploy an image to it first")
    preflight.prepared(run.host)
    run.note(was_raw=not_anonymized.is_raw(run.host))
    expected = run.request["expected"]
    if expected and expected != _image(run):
        raise CheckFailed(
            f"UAT runs {_image(run)} now, and the database was made for {expected}",
            "UAT was deployed meanwhile: start the refresh again",
        )
    try:
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while part := file.read(_CHUNK):
                digest.update(part)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "check --dump") from error
    if digest.hexdigest() != run.request["sha256"]:
        raise CheckFailed(
            f"{path} is not the file that was verified: its SHA-256 is {digest.hexdigest()}",
            "bring it to this machine again",
        )


def _forget(run: Run) -> None:
    """However a run ends, the dump is not left on the disk, nor are files that nothing names.

    A run that did not get the lock leaves the files: they may be those of the run that has it.
    """
    with contextlib.suppress(OSError):  # the next one, or a resume, tries again
        Path(run.request["dump"]).unlink(missing_ok=True)
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
    wanted = {one.began.get("request", {}).get("dump") for one in stories if one.ended is None}
    for path in (host.runs / "refresh").glob("*.dump"):
        with contextlib.suppress(OSError):
            if str(path) not in wanted and time.time() - path.stat().st_mtime > _ORPHAN_SECONDS:
                path.unlink()


def _load(run: Run) -> None:
    host, new = run.host, _new(run)
    host.sql(sql.drop(new) + sql.create(new, host.environment.database_user))
    # Indexes can need unaccent() as Odoo makes it, which no dump says: it is made so in between.
    _restore(run, "pre-data")
    host.sql(_UNACCENT, new)
    _restore(run, "data", "post-data")
    found = host.rows(_ANONYMIZED, new)[0]
    if found["marks"] != 2 or found["servers"]:
        raise CheckFailed(
            "the dump has not the marks of an anonymized and neutralized database",
            "make it with `dagger call uat … refresh … run`, or `pipeline privacy anonymize`",
        )
    if run.request.get("anonymized", True):
        if not_anonymized.is_raw(host, new):
            raise CheckFailed(
                "the dump says of itself that it was not anonymized",
                "give --not-anonymized when that is meant, or make it with `pipeline privacy"
                " anonymize`",
            )
    else:
        not_anonymized.mark(host, new)
    host.sql(sql.close(new) + sql.end_sessions(new))


def _restore(run: Run, *sections: str) -> None:
    options = [*_RESTORE, *(f"--section={one}" for one in sections), "--dbname", _new(run)]
    seconds = preflight.data_seconds(run.host)
    place = run.host.environment
    argv = docker.in_database(place, "pg_restore", *options, tag=run.tag, seconds=seconds)
    late, path = seconds + limits.CLIENT, Path(run.request["dump"])
    with run.host.talk(argv, timeout=late) as program, path.open("rb") as file:
        assert program.stdin
        # A restore of one part need not read to the end; whether it was good its exit code says.
        with contextlib.suppress(BrokenPipeError):
            while part := file.read(_CHUNK):
                program.stdin.write(part)
            program.stdin.flush()


def _unload(run: Run) -> None:
    if run.host.has_database(run.host.environment.database):
        run.host.sql(sql.drop(_new(run)))


def _maintenance(run: Run) -> None:
    proxy.start(run.host, _image(run))
    proxy.close(run.host)


def _no_maintenance(run: Run) -> None:
    proxy.open_again(run.host)


def _stop(run: Run) -> None:
    if "ran" not in run.facts:
        run.note(ran=web.running(run.host))
    web.stop(run.host)


def _start_again(run: Run) -> None:
    ran = run.facts.get("ran", web.services(run.host))
    if run.host.environment.web_service in ran:
        web.check(run.host, web.start(run.host, _image(run)))
    if run.host.environment.cron_service in ran:
        web.start_crons(run.host, _image(run))


def _replace(run: Run) -> None:
    kept_copies.tidy(run)
    rollback_point.go_back(run.host, _new(run), _aside(run))
    run.note(identity=rollback_point.identity(run.host))


def _put_back(run: Run) -> None:
    if rollback_point.was_restored(run.host, run.facts.get("identity", "")):
        run.say("the database was restored by hand meanwhile: it stays as it is")
        return
    rollback_point.go_back(run.host, _aside(run), _new(run))


def _start(run: Run) -> None:
    run.note(web=web.start(run.host, _image(run)))


def _unstart(run: Run) -> None:
    web.stop(run.host)


def _health(run: Run) -> None:
    web.check(run.host, run.facts["web"])


def _switch(run: Run) -> None:
    proxy.open_again(run.host)
    if problem := proxy.answers(run.host):
        raise CheckFailed(f"the refreshed UAT works, but {problem}", "look at the proxy's log")


def _crons(run: Run) -> None:
    web.start_crons(run.host, _image(run))


def _tidy(run: Run) -> None:
    if run.facts.get("was_raw"):
        rollback_point.drop(run.host, _aside(run))
        run.say("the database as it was had PROD's people in it, and is not kept")
    else:
        run.say(f"the database as it was is kept as {_aside(run)} until the next run")
    drop_ballast(run.host.runs)


REFRESH = Kind(
    name=KIND,
    steps=(
        PREFLIGHT,
        Step("check", _check),
        BACKUP,
        Step("load", _load, _unload),
        Step("maintenance", _maintenance, _no_maintenance, touches=True),
        Step("stop", _stop, _start_again, touches=True),
        Step("replace", _replace, _put_back),
        Step("start", _start, _unstart),
        Step("health", _health),
        Step("switch", _switch, _maintenance, accepts=True),
        Step("crons", _crons),
        Step("tidy", _tidy),
    ),
    after=_forget,
)
