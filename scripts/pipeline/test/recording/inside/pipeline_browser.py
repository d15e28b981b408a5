"""What Odoo's tests with a browser lack: a browser, time for it to start, the cause when it ends,
and errors of its console that the project allows."""

from __future__ import annotations

import functools
import json
import os
import re
import sys
import time
from collections.abc import Callable
from typing import Any

#: Where the containers of tests that need a browser have it (`engine/browser.py` of the module).
BROWSER = "/opt/browser"
#: Tenths of a second that it gets to start; a test is skipped afterwards. Odoo's own 100 are few
#: where several add-ons are tested at a time.
_TO_START = 600
#: Seconds after which a browser that has closed its connection has ended as well.
_TO_END = 1.0
#: The variable with a JSON list of regular expressions; errors of the console with such a text are
#: warnings, where Odoo fails the test.
ALLOWED = "PIPELINE_ALLOWED_LOG"


def offer(browser: str = BROWSER) -> None:
    """Let Odoo find the browser, if there is one, and the package with which it talks to it.

    A browser and a package of the image itself come first.
    """
    if os.path.isdir(browser):
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), f"{browser}/bin"])
        sys.path.append(f"{browser}/python")


def watch(common: Any) -> None:
    """Change the module `odoo.tests.common`, as far as this version has these names."""
    if hasattr(common, "CHECK_BROWSER_ITERATIONS"):
        common.CHECK_BROWSER_ITERATIONS = _TO_START
    browser = getattr(common, "ChromeBrowser", None)
    for name in ("navigate_to", "_wait_ready", "_wait_code_ok"):
        if hasattr(browser, name):
            setattr(browser, name, _explained(getattr(browser, name), common))
    allowed = json.loads(os.environ.get(ALLOWED, "[]"))
    if allowed and hasattr(browser, "_handle_console"):
        setattr(browser, "_handle_console", _lowered(getattr(browser, "_handle_console"), allowed))


def _lowered(method: Callable[..., Any], allowed: list[str]) -> Callable[..., Any]:
    """A method that receives what the console prints, with allowed errors as warnings."""

    @functools.wraps(method)
    def call(self: Any, type: str, args: Any = None, **options: Any) -> Any:
        text = " ".join(str(one.get("value", one.get("description", ""))) for one in args or ())
        if type == "error" and any(re.search(one, text) for one in allowed):
            type = "warning"
        return method(self, type=type, args=args, **options)

    return call


def _explained(method: Callable[..., Any], common: Any) -> Callable[..., Any]:
    """A method of the browser that fails with a clear message if the browser ends meanwhile.

    Odoo's own message is "Unknown error"; some lost connections it takes for a success.
    """

    @functools.wraps(method)
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        cause: Exception | None = None
        try:
            answer = method(self, *arguments, **options)
            if not self._result.cancelled():
                return answer
        except Exception as error:
            cause = error
        deadline = time.monotonic() + _TO_END
        while (code := self.chrome.poll()) is None:
            if time.monotonic() < deadline:
                time.sleep(0.02)
            elif cause is None:
                return answer
            else:
                raise cause
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        raise common.ChromeBrowserException(f"the browser {how} during the test") from cause

    return call
