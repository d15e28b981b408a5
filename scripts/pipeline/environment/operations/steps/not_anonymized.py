"""UAT with PROD's personal data, after a refresh that did not anonymize it: nothing of it is kept.

The database is marked by a parameter: it is not backed up, and not kept when the next refresh
replaces it. Files that came with it are removed by name once no attachment in UAT's database uses
them. Odoo's own cleanup waits for its cron, and does not cover failed runs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from pipeline.core import files, limits
from pipeline.core.errors import PipelineError
from pipeline.core.sent import script
from pipeline.environment.backup.live_filestore import NAMES, directory_of
from pipeline.environment.host import docker, inside, sql
from pipeline.environment.host.host import Host
from pipeline.environment.machine import preflight
from pipeline.environment.odoo import rollback_point

#: Key in ir.config_parameter. `pipeline privacy anonymize` removes it, like every unlisted key.
PARAMETER = "pipeline.not_anonymized"
#: Names of files that came from PROD unchanged, one per line; in the folder of the runs.
LIST = "files-of-prod"
_THERE = "SELECT to_regclass('public.ir_config_parameter') IS NOT NULL AS there"
_MARK = f"""
DELETE FROM ir_config_parameter WHERE key = {sql.text(PARAMETER)};
INSERT INTO ir_config_parameter (key, value) VALUES ({sql.text(PARAMETER)}, 'True');
"""


def is_raw(host: Host, database: str = "") -> bool:
    """Whether a database has PROD's personal data. ``database``: default Odoo's."""
    if host.environment.production or not host.rows(_THERE, database)[0]["there"]:
        return False
    query = f"SELECT 1 AS found FROM ir_config_parameter WHERE key = {sql.text(PARAMETER)}"
    return bool(host.rows(query, database))


def mark(host: Host, database: str) -> None:
    """Mark a database as having PROD's personal data."""
    host.sql(_MARK, database)


def forget_copies(host: Host, say: Callable[[str], None]) -> None:
    """Remove every copy with PROD's personal data, unless Odoo's database has them, too.

    Whatever made it: a rollback, or a run that failed, puts aside what was there. It never raises:
    what cannot be removed now is named, and removed by the next run.
    """
    try:
        if host.environment.production or is_raw(host):
            return
        for copy in rollback_point.others(host):
            if _copy_is_raw(host, copy):
                rollback_point.drop(host, copy)
                say(f"the copy {copy} has PROD's personal data, and was removed")
    except PipelineError as error:
        with contextlib.suppress(PipelineError, OSError):
            say(f"warning: copies with PROD's personal data may still be there: {error.message}")


def _copy_is_raw(host: Host, copy: str) -> bool:
    """A copy is closed to connections: it is opened for the question."""
    host.sql(sql.allow(copy))
    try:
        return is_raw(host, copy)
    finally:
        host.sql(sql.close(copy) + sql.end_sessions(copy))


def prune(host: Host, say: Callable[[str], None]) -> None:
    """Remove the files of PROD that no attachment in Odoo's database uses. It never raises: what
    cannot be removed now stays in the list for the next run."""
    path = host.runs / LIST
    if not path.exists():
        return
    try:
        came = set(path.read_text(encoding="ascii").split())
        used = {str(row["name"]) for row in host.rows(NAMES, size=host.database_size())}
        web = host.containers(host.environment.web_service)
        gone = sorted(came - used)
        if gone and not web:
            return
        if gone:
            command = (
                "python3",
                "-c",
                script(inside, "remove_files"),
                directory_of(host.environment),
            )
            seconds = preflight.data_seconds(host)
            argv = docker.execute(web[0], command, seconds=seconds)
            removed = host.run(
                argv, stdin="\n".join(gone) + "\n", timeout=seconds + limits.CLIENT
            ).stdout.strip()
            say(f"{removed} files of PROD that are no longer used were removed")
        _write(path, came & used)
    except (PipelineError, OSError, ValueError) as error:
        with contextlib.suppress(PipelineError, OSError):
            say(f"warning: files of PROD are still there: {error}")


def _write(path: Path, names: set[str]) -> None:
    if not names:
        path.unlink()
        return
    files.write(path, "".join(f"{name}\n" for name in sorted(names)))
