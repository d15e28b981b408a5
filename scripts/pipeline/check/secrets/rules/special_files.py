"""Files that are secrets as a whole, or contain them by position instead of by name."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from pipeline.check.secrets.rules.assignments import parameter_secret
from pipeline.check.secrets.rules.chosen import judged_in_store
from pipeline.check.secrets.rules.hits import Certainty, Hit
from pipeline.check.secrets.rules.judgement import (
    Threshold,
    is_placeholder,
    judged,
    looks_issued,
    threshold_for,
)
from pipeline.check.secrets.rules.names import held_by
from pipeline.check.secrets.rules.paths import kind_of_file
from pipeline.check.secrets.rules.tokens import decoded

#: Files of which every line is examined, whatever it contains.
WHOLE = re.compile(
    r"(?:^|/)(?:[._]netrc|\.?pgpass(?:\.conf)?|[\w.-]*htpasswd[\w.-]*|g?shadow-?|[\w.-]+\.csv"
    r"|\.npmrc|\.yarnrc|\.git-credentials|master\.key|logins\.json|\.[em]smtprc|\.fetchmailrc"
    r"|\.dockercfg|config\.json|\.?docker-?config[\w.-]*\.json|auth\.json"
    r"|[\w-]*(?:tokens?|secrets?|api[_-]?keys?|credentials?|passwords?)\.(?:txt|lst|list|dat))$"
)
#: What only programs write.
_MADE_BY_PROGRAMS = frozenset({"docker-login", "browser-login"})
ANCHORS = r"kind:[ \t]*[\"']?Secret\b"

_KUBERNETES = re.compile(r"^\s*kind:\s*[\"']?Secret\b")
_KUBERNETES_ITEM = re.compile(r"^\s+(?P<name>[\w.-]+):\s*[\"']?(?P<value>[^\s\"'#]+)")
_NETRC_PASSWORD = re.compile(r"\bpassword\s+(\S+)")
#: Of mail programs: in quotes or not.
_MAIL = re.compile(r"\bpass(?:word|wd)?\s+[\"']?([^\s\"']+)")
#: Of Firefox: whoever has `key4.db`, too, reads all of them.
_BROWSER = re.compile(r"\"encrypted(?:Username|Password)\"\s*:\s*\"([A-Za-z0-9+/=]{20,})\"")
_NPM = re.compile(r"(?:^|:)_(?:authToken|auth|password)\s*=\s*[\"']?([^\s\"']+)")
#: git ends the password at the last @, whatever is before it.
_GIT_CREDENTIAL = re.compile(r"[a-z+]{2,20}://[^:/\s]*:(\S{1,300})@[^@\s]+$")
_DOCKER_AUTH = re.compile(r"\"auth\"\s*:\s*\"([A-Za-z0-9+/=]{8,})\"")


def special(lines: Sequence[str], path: str) -> Iterator[Hit]:
    """Yield the secrets in a file with a known name."""
    name = PurePosixPath(path).name
    if "netrc" in name:
        yield from _each(lines, "netrc-password", _first(_NETRC_PASSWORD), path)
    elif "pgpass" in name:
        yield from _each(lines, "pgpass-password", _pgpass, path)
    elif "htpasswd" in name:
        yield from _each(lines, "password-hash", _second_field, path)
    elif "shadow" in name:
        yield from _each(lines, "password-hash", _second_field, path)
    elif name in (".npmrc", ".yarnrc"):
        yield from _each(lines, "npm-token", _first(_NPM), path)
    elif name == ".git-credentials":
        yield from _each(lines, "password-in-url", _git_credential, path)
    elif name == "master.key":
        yield from _each(lines, "framework-key", _rails_key, path)
    elif name == "logins.json":
        yield from _each(lines, "browser-login", _first(_BROWSER), path)
    elif name.endswith(("mtprc", ".fetchmailrc")):
        yield from _each(lines, "password", _first(_MAIL), path)
    elif name.endswith(".csv"):
        yield from _table(lines, path)
    elif name.endswith((".txt", ".lst", ".list", ".dat")):
        for number, line in enumerate(lines, 1):
            if looks_issued(line.strip()) and re.fullmatch(r"[\w.~+/=-]+", line.strip()):
                yield Hit(number, "secret-key", line.strip(), Certainty.DOUBTFUL)
    else:
        yield from _each(lines, "docker-login", _docker_auth, path)


def kubernetes(lines: Sequence[str], index: int, path: str) -> Iterator[Hit]:
    """Yield the values of the Kubernetes Secret whose ``kind:`` is at ``lines[index]``."""
    if not _KUBERNETES.search(lines[index]):
        return
    first, last = index, index
    while first > 0 and not lines[first - 1].startswith("---"):
        first -= 1
    while last + 1 < len(lines) and not lines[last + 1].startswith("---"):
        last += 1
    block = ""
    for number in range(first, last + 1):
        line = lines[number]
        if line[:1].strip():
            block = line.split(":")[0].strip()
        item = _KUBERNETES_ITEM.search(line)
        if not item or block not in ("data", "stringData"):
            continue
        value = item["value"]
        if block == "data":
            value = decoded(value).decode("utf-8", "replace")
        # A Secret holds secrets, and some user names and addresses, in addition to them.
        threshold = Threshold.LOW if held_by(item["name"]) else Threshold.HIGH
        certainty = judged(value.strip(), threshold_for(kind_of_file(path), threshold))
        if certainty:
            yield Hit(number + 1, "kubernetes-secret", item["value"], certainty)


def _each(lines: Sequence[str], kind: str, find: Callable[[str], str], path: str) -> Iterator[Hit]:
    for number, line in enumerate(lines, 1):
        secret = find(line)
        if secret and not line.lstrip().startswith("#"):
            if kind in _MADE_BY_PROGRAMS:
                certainty: Certainty | None = Certainty.SURE
            elif kind_of_file(path).invented:
                certainty = judged(secret, Threshold.HIGH)
            else:
                certainty = judged_in_store(secret)
            if certainty:
                yield Hit(number, kind, secret, certainty)


def _first(pattern: re.Pattern[str]) -> Callable[[str], str]:
    """What the pattern's group finds in a line; empty: nothing."""

    def find(line: str) -> str:
        match = pattern.search(line)
        return match[1] if match else ""

    return find


def _pgpass(line: str) -> str:
    fields = re.split(r"(?<!\\):", line.strip())
    return fields[4] if len(fields) == 5 else ""


def _git_credential(line: str) -> str:
    match = _GIT_CREDENTIAL.match(line.strip())
    return match[1] if match else ""


def _rails_key(line: str) -> str:
    return line.strip() if re.fullmatch(r"\s*[0-9a-f]{32}\s*", line) else ""


def _second_field(line: str) -> str:
    fields = line.strip().split(":")
    hashed = len(fields) > 1 and len(fields[1]) >= 13 and fields[1][0] not in "!*"
    return fields[1] if hashed else ""


def _docker_auth(line: str) -> str:
    match = _DOCKER_AUTH.search(line)
    if not match:
        return ""
    _user, colon, password = decoded(match[1]).decode("latin-1").partition(":")
    return match[1] if colon and password and not is_placeholder(password) else ""


def _table(lines: Sequence[str], path: str) -> Iterator[Hit]:
    """A CSV file: by the names in its first row, as Odoo imports it."""
    # Only one-line rows: the line number of a finding must be right.
    rows = [next(csv.reader([line[:100_000]]), []) if line else [] for line in lines[:20_000]]
    if not rows or not rows[0]:
        return
    header = [name.strip() for name in rows[0]]
    columns = [number for number, name in enumerate(header) if held_by(name)]
    parameters = "ir.config_parameter" in path and {"key", "value"} <= set(header)
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(header):
            continue
        for column in columns:
            certainty = judged(row[column], threshold_for(kind_of_file(path), Threshold.MIDDLE))
            if certainty:
                yield Hit(number, "odoo-data", row[column], certainty)
        if parameters:
            key, value = row[header.index("key")], row[header.index("value")]
            certainty = parameter_secret(key, value, kind_of_file(path))
            if certainty:
                yield Hit(number, "odoo-parameter", value, certainty)
