"""Secrets that are the argument of a call: setters, logins, and WordPress' defines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.check.secrets.rules.judgement import Threshold, entropy, is_secret, threshold_for
from pipeline.check.secrets.rules.names import Holds, held_by
from pipeline.check.secrets.rules.paths import FileKind

ANCHORS = r"define\(|_SALT\b|\.login\("

_QUOTED = r"(?P<quote>[\"'])(?P<value>(?:(?!(?P=quote)).){1,300})(?P=quote)"
_SETTER = re.compile(r"\b(?P<name>set(?:[A-Z]|_[a-z])\w{2,40})\(\s*" + _QUOTED + r"\s*\)")
_LOGIN = re.compile(r"\.login\(\s*[\"'][^\"']{1,100}[\"']\s*,\s*" + _QUOTED + r"\s*[,)]")
_DEFINE = re.compile(r"\bdefine\(\s*[\"'](?P<name>\w{2,40})[\"']\s*,\s*" + _QUOTED + r"\s*\)")
#: WordPress' keys are drawn from all printable characters, a space among them.
_SALT = re.compile(r"(?:AUTH|SECURE_AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)")


def calls(line: str, file: FileKind) -> Iterator[tuple[str, str]]:
    """Yield (kind, secret) for the secrets that a line gives to a call."""
    for match in _SETTER.finditer(line):
        yield from _named(match, file)
    for match in _LOGIN.finditer(line):
        if is_secret(match["value"], threshold_for(file, Threshold.MIDDLE)):
            yield "password", match["value"]
    for match in _DEFINE.finditer(line):
        if not _SALT.fullmatch(match["name"]):
            yield from _named(match, file)
        elif len(match["value"]) >= 40 and entropy(match["value"]) > 4.5:
            yield "framework-key", match["value"]


def _named(match: re.Match[str], file: FileKind) -> Iterator[tuple[str, str]]:
    holds = held_by(match["name"])
    usual = Threshold.HIGH if holds is Holds.KEY else Threshold.MIDDLE
    if holds and is_secret(match["value"], threshold_for(file, usual)):
        yield "password" if holds is Holds.PASSWORD else "secret-key", match["value"]
