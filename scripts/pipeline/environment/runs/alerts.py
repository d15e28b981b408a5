"""Messages to the team's channel. A broken channel only adds a warning to the log."""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from pipeline.core import limits
from pipeline.core.console import one_line, printable
from pipeline.environment.runs import kind_names
from pipeline.environment.runs.runner import DONE, FAILED
from pipeline.environment.runs.story import Story

#: The variable that may hold the webhook's address, in the environment or in `.env`.
VARIABLE = "SLACK_WEBHOOK_URL"
_MOST = 2500
#: Kinds of runs whose failures are always reported, even before anything was touched.
_ALWAYS = (kind_names.DEPLOY, kind_names.ROLLBACK, kind_names.BACKUP, kind_names.DRILL)
_SYMBOLS = {"done": "✅", "rolled-back": "↩️"}


def webhook(file: Path | None, dotenv: Mapping[str, str]) -> str:
    """The channel's webhook URL; empty: none. An unreadable file counts as none."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""
    return os.environ.get(VARIABLE, "").strip() or dotenv.get(VARIABLE, "").strip()


def wanted(
    kind: str, production: bool, outcome: str, touched: bool, anonymized: bool = True
) -> bool:
    """Whether an outcome is reported: every failure, changes of PROD, and PROD's data being
    elsewhere without anonymization."""
    if outcome == DONE:
        return not anonymized or (production and kind in (kind_names.DEPLOY, kind_names.ROLLBACK))
    return outcome != FAILED or touched or kind in _ALWAYS


def text(
    environment: str,
    kind: str,
    story: Story,
    outcome: str,
    message: str,
    fix: str,
    link: str,
    log_lines: bool = False,
) -> str:
    """The message: what, where, which version, which step, how long, what to do.

    The message's quotes from logs, which are indented, are sent only with ``log_lines``, because it
    is not decided here who can read the channel, and for how long.
    """
    if not log_lines:
        message = without_log_lines(message)
    step = story.begun[-1] if story.begun else "the beginning"
    what = f"{environment.upper()}: {kind} {story.version} {outcome}"
    lines = [one_line(f"{_SYMBOLS.get(outcome, '❌')} {what}")]
    if outcome != DONE:
        lines.append(f"step: {step}, after {story.took:.0f} s")
        if message:
            lines.append(f"```{printable(message)[-_MOST:]}```")
        if fix:
            lines.append(f"what to do: {one_line(fix)}")
    else:
        lines.append(f"in {story.took:.0f} s")
    if link:
        lines.append(one_line(link))
    return "\n".join(lines)


def without_log_lines(message: str) -> str:
    """A message without its quotes from logs, which are indented."""
    lines = [line for line in message.splitlines() if not line.startswith("    ")]
    return "\n".join(lines)


def send(address: str, message: str) -> str:
    """Send a message; returns why it failed, without the URL; empty: it was sent."""
    body = json.dumps({"text": message}).encode()
    try:
        if not address.startswith(("https://", "http://")):
            return "the channel's address is not a URL"
        request = urllib.request.Request(
            address, body, {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=limits.ALERT) as answer:
            return "" if answer.status < 300 else f"the channel answered {answer.status}"
    except urllib.error.HTTPError as error:
        with error:
            return f"the channel answered {error.code}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"the channel cannot be reached ({type(error).__name__})"
