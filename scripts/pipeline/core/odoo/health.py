"""Check over HTTP whether a running Odoo works for a visitor."""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable

from pipeline.core import limits
from pipeline.core.results import Finding

#: One asset bundle that the login page links: the page itself may load while assets fail.
_ASSET = re.compile(r"""(?:href|src)=["'](/web/assets/[^"']+)["']""")
#: Never through an HTTP proxy: the server is this machine, or a container on it.
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_PAUSE_SECONDS = 0.5

Fetch = Callable[[str], tuple[int, str]]


def fetch(url: str, seconds: float = limits.PAGE) -> tuple[int, str]:
    """Status and text of a page; status 0 and the reason when nothing answers in time."""
    try:
        with _DIRECTLY.open(url, timeout=seconds) as answer:
            return int(answer.status), answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.reason
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)


def wait(url: str, seconds: float, ask: Fetch = fetch) -> Finding | None:
    """Wait until ``/web/health`` answers 200.

    Args:
        url: address of the server, without path.
        seconds: how long to try.
        ask: how to fetch a page, for tests.

    Returns:
        None when it answered, otherwise the reason.
    """
    deadline = time.monotonic() + seconds
    while True:
        status, text = ask(f"{url}/web/health")
        if status == 200:
            return None
        if time.monotonic() >= deadline:
            reason = f"answered {status}" if status else f"did not answer ({text})"
            return Finding(
                "", 0, "no-health", f"/web/health {reason} within {seconds:g} s", "read Odoo's log"
            )
        time.sleep(_PAUSE_SECONDS)


def visit(url: str, ask: Fetch = fetch) -> tuple[Finding, ...]:
    """What a visitor needs: the login page and one asset bundle of it."""
    status, page = ask(f"{url}/web/login")
    if status != 200:
        return (Finding("", 0, "no-login", f"/web/login answered {status}", "read Odoo's log"),)
    asset = _ASSET.search(page)
    if asset is None:
        return (
            Finding("", 0, "no-assets", "the login page links no asset bundle", "read Odoo's log"),
        )
    status, _ = ask(urllib.parse.urljoin(url, asset.group(1)))
    if status != 200:
        message = f"{asset.group(1)} answered {status}"
        return (Finding("", 0, "no-assets", message, "read Odoo's log"),)
    return ()
