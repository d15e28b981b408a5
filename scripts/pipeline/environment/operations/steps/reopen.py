"""After an interruption: wait for services, and reopen what was left closed."""

from __future__ import annotations

import time
from collections.abc import Callable

from pipeline.core.errors import PipelineError
from pipeline.environment.host import proxy, sql
from pipeline.environment.host.host import MAINTENANCE, Host
from pipeline.environment.machine import preflight

_PAUSE_SECONDS = 1.0


def wait(host: Host) -> None:
    """Wait for Docker and PostgreSQL, as after a boot; start PostgreSQL when it is down.

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
    """Reopen what no run will reopen any more. Call it only while no run is unfinished.

    Older versions closed the database to connections; and a run may have been killed while the
    maintenance page was up, or while the proxy sent all requests to one container.
    """
    try:
        database(host, say)
    except PipelineError:  # it is down: whatever needs it starts it, and checks again
        pass
    if proxy.closed(host):
        say("the maintenance page was still up: it is taken down")
        proxy.open_again(host)
    if proxy.pinned(host):
        say("the proxy still sent everything to one container: it no longer does")
        proxy.pin(host, "")


def database(host: Host, say: Callable[[str], None] = lambda text: None) -> None:
    """Allow connections to Odoo's database again, if they are forbidden."""
    live = host.environment.database
    asked = (
        f"SELECT 1 AS one FROM pg_database WHERE NOT datallowconn AND datname = {sql.text(live)}"
    )
    if host.rows(asked, MAINTENANCE):
        say("the database was closed to connections: it is opened")
        host.sql(sql.allow(live))
