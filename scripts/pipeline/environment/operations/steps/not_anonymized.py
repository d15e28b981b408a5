"""UAT with PROD's people as they are, after a refresh that did not anonymize: what is kept of it.

Nothing. The database says what it is, by a parameter: it is not backed up, not kept aside when the
next refresh replaces it, and files that came with it go by their names once no attachment of UAT's
database has them. Odoo's own collector would wait for its cron, and knows nothing of failed runs.
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

#: Key of ir.config_parameter. `pipeline privacy anonymize` removes it, as it does every key that is
#: not listed.
PARAMETER = "pipeline.not_anonymized"
#: Names of files that came from PROD as they are, one a line; in the folder of the runs.
LIST = "files-of-prod"
_THERE = "SELECT to_regclass('public.ir_config_parameter') IS NOT NULL AS there"
_MARK = f"""
DELETE FROM ir_config_parameter WHERE key = {sql.text(PARAMETER)};
INSERT INTO ir_config_parameter (key, value) VALUES ({sql.text(PARAMETER)}, 'True');
"""


def is_raw(host: Host, database: str = "") -> bool:
    """Whether a database has PROD's people as they are. ``database``: Odoo's own unless given."""
    if host.environment.production or not host.rows(_THERE, database)[0]["there"]:
        return False
    query = f"SELECT 1 AS found FROM ir_config_parameter WHERE key = {sql.text(PARAMETER)}"
    return bool(host.rows(query, database))


def mark(host: Host, database: str) -> None:
    """Write into a database that it has PROD's people as they are."""
    host.sql(_MARK, database)


def prune(host: Host, say: Callable[[str], None]) -> None:
    """Remove the files of PROD that no attachment of Odoo's database has. It never raises: what
    cannot be removed now stays in the list, for the next run."""
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
            say(f"{removed} files of PROD that nothing names any more were removed")
        _write(path, came & used)
    except (PipelineError, OSError, ValueError) as error:
        with contextlib.suppress(PipelineError, OSError):
            say(f"warning: files of PROD are still there: {error}")


def _write(path: Path, names: set[str]) -> None:
    if not names:
        path.unlink()
        return
    files.write(path, "".join(f"{name}\n" for name in sorted(names)))
