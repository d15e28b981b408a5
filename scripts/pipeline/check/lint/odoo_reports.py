"""What pylint and OCA's hooks print, turned into findings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.check.lint.reports import json_list
from pipeline.core.results import Finding

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CODE = r"([a-z][a-z0-9]*(?:-[a-z0-9]+)+)"
_HOOK_LINE = re.compile(rf"(.+?):(?:(\d+):)?(?:\d+:)? {_CODE} (.*)")
#: Before 0.0.26.
_OLD_HOOK_LINE = re.compile(rf"(.+?):(\d+)(?::\d+)? (.*) - \[{_CODE}\]")


def parse_pylint(text: str) -> Iterator[Finding]:
    """Yield pylint's messages, in its JSON."""
    for message in json_list(text):
        said = message["message"].splitlines() or [""]
        yield Finding(message["path"], message["line"] or 0, message["symbol"], said[0])


def parse_hooks(text: str) -> Iterator[Finding]:
    """Yield the messages of OCA's hooks: a line each, other lines below it explain it."""
    for printed in _COLOUR.sub("", text).splitlines():
        if old := _OLD_HOOK_LINE.fullmatch(printed):
            path, line, message, code = old.groups()
        elif new := _HOOK_LINE.fullmatch(printed):
            path, line, code, message = new.groups()
        else:
            continue
        yield Finding(path, int(line or 0), code, message.strip())
