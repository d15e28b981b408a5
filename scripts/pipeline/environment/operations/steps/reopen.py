"""What a run that broke off may leave closed or not yet up: opened again, and waited for."""

from __future__ import annotations

import time
from collections.abc import Callable

from pipeline.core.errors import PipelineError
from pipeline.environment.host import proxy, sql
from pipeline.environment.host.host import MAINTENANCE, Host
from pipeline.environment.machine import preflight

_PAUSE_SECONDS = 1.0


def wait(host: Host) -> None:
    """Wait for Docker and PostgreSQL, as after a boot; a database that is down is started.

    Raises:
        PipelineError: they do not answer within `boot_seconds`; nothing was changed.
    """
    deadline = time.monotonic() + host.environment.boot_seconds
    while True:
        try:
            host.daemon.version()
            preflight.database(host, start=True)
            return
        except PipelineError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)


def leftovers(host: Host, say: Callable[[str], None]) -> None:
    """Open what nobody will open any more. Only while no run is unfinished.

    Older versions of this tool closed the database to connections; a person may have ended a run
    by hand while the maintenance page was up, or the proxy sent everything to one container.
    """
    try:
        database(host, say)
    except PipelineError:  # it is down: who needs it starts it, and asks again
        pass
    if proxy.closed(host):
        say("the maintenance page was still up: it is taken down")
        proxy.open_again(host)
    if proxy.pinned(host):
        say("the proxy still sent everything to one container: it no longer does")
        proxy.pin(host, "")


def database(host: Host, say: Callable[[str], None] = lambda text: None) -> None:
    """Let connections into Odoo's database again, when they are forbidden."""
    live = host.environment.database
    asked = (
        f"SELECT 1 AS one FROM pg_database WHERE NOT datallowconn AND datname = {sql.text(live)}"
    )
    if host.rows(asked, MAINTENANCE):
        say("the database was closed to connections: it is opened")
        host.sql(sql.allow(live))
