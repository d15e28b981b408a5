"""Secrets that are the argument of a call or a command: setters, logins, WordPress' defines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.check.secrets.rules.assignments import certainty_of
from pipeline.check.secrets.rules.chosen import judged_as_password
from pipeline.check.secrets.rules.hits import Certainty, Found
from pipeline.check.secrets.rules.judgement import (
    Threshold,
    entropy,
    is_secret,
    judged,
    threshold_for,
)
from pipeline.check.secrets.rules.names import Holds, held_by
from pipeline.check.secrets.rules.paths import FileKind

ANCHORS = r"ConvertTo-SecureString|define\(|_SALT\b|[TH]OTP\b|authenticator\."
WORDS = r"identified|curl|sshpass|mysql|login|b64encode|btoa|buffer\.from"

_QUOTED = r"(?P<quote>[\"'])(?P<value>(?:(?!(?P=quote)).){1,300})(?P=quote)"
_SETTER = re.compile(r"\b(?P<name>[sS]et(?:[A-Z]|_[a-z])\w{2,40})\(\s*" + _QUOTED + r"\s*\)")
_LOGIN = re.compile(r"\.login\(\s*[\"'][^\"']{1,100}[\"']\s*,\s*" + _QUOTED + r"\s*[,)]")
_SECURE_STRING = re.compile(r"\bConvertTo-SecureString\s+(?:-String\s+)?" + _QUOTED)
#: The seed of one-time passwords, as pyotp, ROTP, otplib and their kin are given it.
_ONE_TIME = re.compile(
    r"(?:\b[TH]OTP(?:\.new)?\b\W{0,3}|\bauthenticator\.generate\(\s*)"
    r"[\"'](?P<value>[A-Z2-7]{16,64})[\"']"
)
_DEFINE = re.compile(r"\bdefine\(\s*[\"'](?P<name>\w{2,40})[\"']\s*,\s*" + _QUOTED + r"\s*\)")
#: WordPress' keys are drawn from all printable characters, a space among them.
_SALT = re.compile(r"(?:AUTH|SECURE_AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)")

_COMMANDS = (
    re.compile(r"\b(?:curl|wget|http)\b.{0,300}?\s(?:-u|--user)[ =]?[\"']?[^\s:\"']+:([^\s\"']+)"),
    re.compile(r"\s[-/]\w{0,20}password[ :=]+[\"']?([^\s\"'<]+)", re.IGNORECASE),
    re.compile(r"\bsshpass\s+-p\s*[\"']?([^\s\"']+)"),
    re.compile(r"\bmysql(?:dump|admin)?\b.{0,300}?\s-p([^\s\"']+)"),
    re.compile(
        r"\b(?:docker|podman|skopeo|helm)\b.{0,300}?\slogin\b.{0,300}?\s-p[ =]?[\"']?([^\s\"']+)"
    ),
    re.compile(r"\b(?:machine|default)\s+\S+\s+login\s+\S+\s+password\s+(\S+)"),
    re.compile(r"\bWITH\s+(?:ENCRYPTED\s+)?PASSWORD\s+'([^']+)'", re.IGNORECASE),
    re.compile(r"\b(?:ROLE|USER)\s.{0,300}?\bPASSWORD\s+'([^']+)'", re.IGNORECASE),
    re.compile(
        r"\b(?:CREATE|ALTER)\s+USER\s+\S+\s+IDENTIFIED\s+BY\s+(?!password\b)([^\s\"';&]+)",
        re.IGNORECASE,
    ),
    # as it is sent in a header
    re.compile(r"(?:b64encode|btoa|Buffer\.from)\(\s*b?[\"'][\w.@-]{1,60}:([^\s\"':]{4,60})[\"']"),
    re.compile(r"\bIDENTIFIED\s+(?:WITH\s+\w+\s+)?BY\s+[\"']([^\"']+)[\"']", re.IGNORECASE),
    re.compile(r"(?:\bpassword\s*=|,)\s*password\([\"']([^\"']+)[\"']\)", re.IGNORECASE),
    re.compile(r"\s-pass(?:in|out|word)?\s+[\"']?pass:([^\s\"']+)"),
    re.compile(r"/:_(?:authToken|auth|password)\s*=\s*[\"']?([^\s\"']+)"),
)


def calls(line: str, file: FileKind) -> Iterator[Found]:
    """Yield (kind, secret) for the secrets that a line gives to a call."""
    for match in _SETTER.finditer(line):
        yield from _named(match, file)
    for match in _LOGIN.finditer(line):
        value, usual = match["value"], threshold_for(file, Threshold.MIDDLE)
        certainty = judged(value, usual)
        if not certainty and usual is Threshold.MIDDLE and is_secret(value, Threshold.LOW):
            certainty = Certainty.DOUBTFUL  # a text in that place is no name of a setting
        if certainty:
            yield Found("password", value, certainty)
    for match in _SECURE_STRING.finditer(line):
        certainty = judged_as_password(match["value"], threshold_for(file, Threshold.MIDDLE))
        if certainty:
            yield Found("password", match["value"], certainty)
    for match in _ONE_TIME.finditer(line):
        certainty = judged(match["value"], threshold_for(file, Threshold.HIGH))
        if certainty:
            yield Found("secret-key", match["value"], certainty)
    for match in _DEFINE.finditer(line):
        if not _SALT.fullmatch(match["name"]):
            yield from _named(match, file)
        elif len(match["value"]) >= 40 and entropy(match["value"]) > 4.5:
            yield Found("framework-key", match["value"])
    for regex in _COMMANDS:
        for match in regex.finditer(line):
            certainty = judged_as_password(match[1], threshold_for(file, Threshold.MIDDLE))
            if certainty:
                yield Found("password-in-command", match[1], certainty)


def _named(match: re.Match[str], file: FileKind) -> Iterator[Found]:
    holds = held_by(match["name"])
    usual = Threshold.HIGH if holds is Holds.KEY else Threshold.MIDDLE
    # A setter of something random is no sign of a secret.
    known = holds not in (None, Holds.MAYBE)
    name = re.sub(r"^set_?", "", match["name"], flags=re.IGNORECASE)
    certainty = certainty_of(name, match["value"], threshold_for(file, usual)) if known else None
    if certainty:
        kind = "password" if holds is Holds.PASSWORD else "secret-key"
        yield Found(kind, match["value"], certainty)
