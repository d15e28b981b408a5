"""The dump of a refresh: checked, loaded next to the live database, and not left on the disk."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.core import limits
from pipeline.core.errors import CheckFailed, InputError
from pipeline.environment.host import docker, sql
from pipeline.environment.host.host import Host
from pipeline.environment.machine import preflight
from pipeline.environment.operations.steps import kept_copies, not_anonymized
from pipeline.environment.runs import lock, run_history
from pipeline.environment.runs.context import RunContext
from pipeline.environment.runs.story import Story

_CHUNK = 1 << 20
#: A dump that was not written to for this long belongs to no ongoing transfer.
_ORPHAN_SECONDS = 3600.0
#: Options of pg_restore: one transaction, and nothing of PROD's roles.
RESTORE = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
#: Indexes can need an immutable unaccent(), as Odoo makes it, which is in no dump.
UNACCENT = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'unaccent') THEN
    ALTER FUNCTION unaccent(text) IMMUTABLE;
  END IF;
END $$;
"""
#: The marks that `pipeline privacy anonymize` leaves, and nothing else does.
ANONYMIZED = """
SELECT (SELECT count(*) FROM ir_config_parameter
         WHERE (key, lower(value)) IN (('database.is_neutralized', 'true'),
                                       ('web.base.url.freeze', 'true'))) AS marks,
       (SELECT count(*) FROM ir_mail_server WHERE smtp_host <> 'invalid') AS servers
"""


def has_marks(found: Mapping[str, Any]) -> bool:
    """Whether the row that :data:`ANONYMIZED` gives is one of an anonymized, neutralized
    database."""
    return found["marks"] == 2 and not found["servers"]


def check(path: Path, sha256: str) -> None:
    """Raises InputError or CheckFailed unless a dump is readable and the one that was verified."""
    try:
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while part := file.read(_CHUNK):
                digest.update(part)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "check --dump") from error
    if digest.hexdigest() != sha256:
        raise CheckFailed(
            f"{path} is not the file that was verified: its SHA-256 is {digest.hexdigest()}",
            "copy it to this machine again",
        )


def load(run: RunContext, path: Path, anonymized: bool) -> None:
    """Load a dump into a database next to the live one, and close it.

    Args:
        run: the refresh.
        path: of the dump.
        anonymized: whether it is meant to have no real personal data.

    Raises:
        CheckFailed: it is not what it is meant to be.
    """
    host, new = run.host, kept_copies.point(run)
    host.drop(new)
    host.sql(sql.create(new, host.environment.database_user))
    _restore(run, path, "pre-data")
    host.sql(UNACCENT, new)
    _restore(run, path, "data", "post-data")
    if not has_marks(host.rows(ANONYMIZED, new)[0]):
        raise CheckFailed(
            "the dump lacks the marks of an anonymized and neutralized database",
            "make it with `dagger call uat … refresh … run`, or `pipeline privacy anonymize`",
        )
    if anonymized:
        if not_anonymized.is_raw(host, new):
            raise CheckFailed(
                "the dump is marked as not anonymized",
                "give --not-anonymized if that is intended, or make it with `pipeline privacy"
                " anonymize`",
            )
    else:
        not_anonymized.mark(host, new)
    host.sql(sql.close(new) + sql.end_sessions(new))


def _restore(run: RunContext, path: Path, *sections: str) -> None:
    options = [
        *RESTORE,
        *(f"--section={one}" for one in sections),
        "--dbname",
        kept_copies.point(run),
    ]
    seconds = preflight.data_seconds(run.host)
    place = run.host.environment
    argv = docker.in_database(place, "pg_restore", *options, tag=run.tag, seconds=seconds)
    late = seconds + limits.CLIENT
    with run.host.talk(argv, timeout=late) as program, path.open("rb") as file:
        assert program.stdin
        # A restore of one section may stop reading early; its exit code tells whether it succeeded.
        with contextlib.suppress(BrokenPipeError):
            while part := file.read(_CHUNK):
                program.stdin.write(part)
            program.stdin.flush()


def forget(run: RunContext, path: Path) -> None:
    """However a run ends, neither its dump nor unused files of PROD stay on the disk.

    A run that did not get the lock leaves the files: they may belong to the run that has it.
    """
    with contextlib.suppress(OSError):  # the next run, or a resume, tries again
        path.unlink(missing_ok=True)
    if lock.mine(run.host.runs):
        not_anonymized.prune(run.host, run.say)
        stories = [past.story for past in run_history.history(run.host.runs)]
        _forget_dumps(run.host, stories)


def forget_orphans(host: Host, stories: Sequence[Story]) -> None:
    """Remove dumps, and files of PROD, that were sent for a run that never began."""
    _forget_dumps(host, stories)
    listed = host.runs / not_anonymized.LIST
    with contextlib.suppress(OSError):
        if time.time() - listed.stat().st_mtime > _ORPHAN_SECONDS:
            not_anonymized.prune(host, lambda text: None)


def _forget_dumps(host: Host, stories: Sequence[Story]) -> None:
    """Remove old dumps, except those named in the request of a run that has not ended."""
    wanted = {one.began.request.get("dump") for one in stories if one.ended is None}
    for path in (host.runs / "refresh").glob("*.dump"):
        with contextlib.suppress(OSError):
            if str(path) not in wanted and time.time() - path.stat().st_mtime > _ORPHAN_SECONDS:
                path.unlink()
