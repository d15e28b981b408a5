"""Updating the database with the new image's code: an Odoo process that ends when it is done."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from pipeline.core import files, limits
from pipeline.core.errors import CheckFailed, TimeLimitError, ToolError
from pipeline.core.process import DOCKER, run_logged, safe
from pipeline.core.versions.series import known_series
from pipeline.environment.host import docker
from pipeline.environment.host.host import Host
from pipeline.environment.odoo.installed_addons import UNFINISHED

#: A record in Odoo's log that means an error, whatever the exit code.
_ERROR = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (?:ERROR|CRITICAL) ")

#: With less free space than this afterwards, the end of the log may be missing.
_LOG_BYTES = 64 << 10


def arguments(
    database: str, update: Sequence[str], install: Sequence[str], series: str
) -> list[str]:
    """Odoo's command line. Pure. Raises InputError when the new image's series is not known."""
    command = ["odoo", "--database", database]
    if update:
        command += ["--update", ",".join(update)]
    if install:
        command += [
            "--init",
            ",".join(install),
            *known_series(series, "in the new image").demo_options(False),
        ]
    return [*command, "--stop-after-init", "--no-http", "--workers=0", "--max-cron-threads=0"]


def run(host: Host, image: str, command: Sequence[str], name: str, log: Path) -> None:
    """Run an update.

    Args:
        host: the VM.
        image: the new image.
        command: see :func:`arguments`.
        name: of the container.
        log: file for Odoo's complete output. It may quote rows, so only its owner can read it, and
            only the safe part of errors is repeated elsewhere.

    Raises:
        TimeLimitError: it did not end in time.
        ToolError: the disk was too full for the log, which is searched for errors.
        CheckFailed: it failed, logged an error, or left add-ons unfinished.
    """
    files.create(log).close()  # private, even if it exists already
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
    """The errors in the log, each with the lines that belong to it. Pure."""
    kept, inside = [], False
    for line in log.splitlines():
        if re.match(r"^\d{4}-\d\d-\d\d ", line):
            inside = _ERROR.match(line) is not None
        if inside:
            kept.append(line)
    return "\n".join(kept)
