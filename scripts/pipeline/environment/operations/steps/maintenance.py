"""The maintenance page, and a halt: what visitors see while a run works, or could not finish."""

from __future__ import annotations

from pipeline.environment.host import proxy
from pipeline.environment.odoo import web
from pipeline.environment.runs.context import RunContext


def close(run: RunContext, image: str) -> None:
    """Show the maintenance page; the proxy is started when it is down."""
    proxy.start(run.host, image)
    proxy.close(run.host)


def open_again(run: RunContext) -> None:
    """Take the maintenance page down."""
    proxy.open_again(run.host)


def halt(run: RunContext) -> None:
    """Stop Odoo until a person decides; the old image stays recorded, the databases as they are.

    The proxy answers 503 because Odoo is down. The maintenance page is off, so that visitors see
    Odoo as soon as anything, or anybody, starts it again.
    """
    run.sweep()
    web.remove(run.host)
    proxy.pin(run.host, "")
    proxy.open_again(run.host)
