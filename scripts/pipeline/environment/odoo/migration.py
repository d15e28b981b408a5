"""The update of the database by the new image's code: one Odoo that ends by itself."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from pipeline.core import files, limits
from pipeline.core.errors import CheckFailed, TimeLimitError, ToolError
from pipeline.core.odoo.command import demo
from pipeline.core.process import DOCKER, run_logged, safe
from pipeline.environment.host import docker
from pipeline.environment.host.host import Host
from pipeline.environment.odoo.installed_addons import UNFINISHED

#: A record of Odoo's log that says that something went wrong, whatever the exit code.
_ERROR = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (?:ERROR|CRITICAL) ")

#: With less than this free at its end, the log may lack its end.
_LOG_BYTES = 64 << 10


def arguments(
    database: str, update: Sequence[str], install: Sequence[str], major: int
) -> list[str]:
    """Odoo's command line. Pure."""
    command = ["odoo", "--database", database]
    if update:
        command += ["--update", ",".join(update)]
    if install:
        command += ["--init", ",".join(install), *demo(major, False)]
    return [*command, "--stop-after-init", "--no-http", "--workers=0", "--max-cron-threads=0"]


def run(host: Host, image: str, command: Sequence[str], name: str, log: Path) -> None:
    """Run an update.

    Args:
        host: the VM.
        image: the new image.
        command: see :func:`arguments`.
        name: of the container.
        log: file that gets all that Odoo says. It may quote rows: its owner alone can read it, and
            of errors only what is safe goes elsewhere.

    Raises:
        TimeLimitError: it did not end in time.
        ToolError: the disk was too full for its log, in which errors are looked for.
        CheckFailed: it failed, said so in its log, or left add-ons unfinished.
    """
    files.create(log).close()  # private, also when it is there already
    seconds = host.environment.migration_seconds
    ended = run_logged(
        docker.one_off(host.environment.web_service, name, (), command),
        log=log,
        timeout=seconds,
        patience=limits.GRACE,
        cwd=host.environment.directory,
        env=host.variables(image),
        surroundings=DOCKER,
    )
    said = log.read_text(encoding="utf-8", errors="replace")
    if ended.timed_out:
        raise TimeLimitError(
            f"the update did not end within {seconds} s:\n{safe(said)}",
            "raise migration_seconds in pipeline.toml, or find out what it waits for; all of its "
            f"log: {log}",
        )
    if shutil.disk_usage(log.parent).free < _LOG_BYTES:
        raise ToolError(
            f"no space is left in {log.parent}: the log of the update is incomplete",
            "free some: old images (`docker image prune`), old backups (`pipeline environment"
            " backup prune`)",
        )
    bad = errors(said)
    left = [] if ended.code or bad else [row["name"] for row in host.rows(UNFINISHED)]
    if ended.code or bad or left:
        reason = f"exit code {ended.code}" if ended.code else "errors in its log"
        if left:
            reason = f"it left unfinished: {', '.join(left)}"
        raise CheckFailed(
            f"the update failed ({reason}):\n{safe(bad or said)}",
            f"fix the add-on and deploy again; all of the log: {log}",
        )


def errors(log: str) -> str:
    """What the log says of errors, each with the lines that belong to it. Pure."""
    kept, inside = [], False
    for line in log.splitlines():
        if re.match(r"^\d{4}-\d\d-\d\d ", line):
            inside = _ERROR.match(line) is not None
        if inside:
            kept.append(line)
    return "\n".join(kept)
