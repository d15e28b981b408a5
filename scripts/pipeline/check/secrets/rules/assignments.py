"""A name that means "secret", and a value: in code, settings, XML, options and prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.check.secrets.rules.chosen import judged_as_written
from pipeline.check.secrets.rules.hits import Certainty, Found
from pipeline.check.secrets.rules.judgement import (
    Threshold,
    is_random,
    judged,
    judged_by_value,
    threshold_for,
)
from pipeline.check.secrets.rules.names import Holds, held_by
from pipeline.check.secrets.rules.pairs import DEFAULT, pairs
from pipeline.check.secrets.rules.paths import FileKind

ANCHORS = (
    r"(?i:pass|pwd|secret|token|api.?key|access.?key|[_.-]key|[a-z]Key\b|auth\b|credential"
    r"|wachtwoord|[_.-]pw\b|\bpw\b"
    r"|(?:salt|nonce|ticket|\bkey)[\"']?\s*(?:=|:[^:])|enterprise.code|name=.value."
    r"|<value|auth=|PrivateKey)"
)

_XML_VALUE = re.compile(
    r"<field\s[^>]*?name=[\"']value[\"']"
    r"(?:[^>]*?\beval=\"'(?P<attribute>[^\"']+)'\"|[^>/]*>(?P<value>[^<]+)<)"
)
_XML_KEY = re.compile(r"<field\s[^>]*?name=[\"']key[\"'][^>]*>\s*([\w.-]+)\s*<")
_XML_PAIR = re.compile(r"<value>([\w.-]+)</value>\s*<value>([^<]+)</value>")
_SET_PARAM = re.compile(r"set_param\(\s*[\"']([\w.-]+)[\"']\s*,\s*[\"']([^\"']+)[\"']")
_AUTH_PAIR = re.compile(r"\bauth\s*=\s*\(\s*[\"'][^\"']*[\"']\s*,\s*[\"']([^\"']+)[\"']")
#: A variable of a container, as Kubernetes and task definitions have it: its value is in the next
#: line.
_NAMED = re.compile(
    r"[\"']?\b(?:name|key)[\"']?\s*:\s*[\"']?(?P<name>[A-Za-z_][\w.-]*)[\"']?\s*,?\s*$"
)
_ITS_VALUE = re.compile(
    r"^\s*(?:-\s+)?[\"']?value[\"']?\s*:\s*[\"']?(?P<value>[^\s\"']+?)[\"']?\s*,?\s*$"
)
_FRAMEWORK_KEY = re.compile(r"[\"']SECRET_KEY[\"']\]?\s*[:=]|\bSECRET_KEY\s*=")
_WIREGUARD = re.compile(r"^\s*(?:PrivateKey|PresharedKey)\s*=\s*([A-Za-z0-9+/]{43}=)\s*$")

#: Names that belong to one product each: whatever value they have is in use somewhere.
_KNOWN = frozenset(
    "admin_passwd db_password smtp_password pgpassword postgres_password mysql_password "
    "mysql_root_password redis_password rabbitmq_default_pass minio_root_password".split()
)


def assignments(line: str, file: FileKind) -> Iterator[Found]:
    """Yield (kind, secret) for the values assigned to names of secrets in one line."""
    if file.translation:
        return
    for key, value in (*_SET_PARAM.findall(line), *_XML_PAIR.findall(line)):
        certainty = parameter_secret(key, value, file)
        if certainty:
            yield Found("odoo-parameter", value.strip(), certainty)
    # JSON in a text of another language has its quotes escaped.
    plain = line.replace('\\"', '"')
    for name, value, usual in (
        *pairs(line, file),
        *(pairs(plain, file) if plain != line else ()),
    ):
        holds = held_by(name)
        for one in (value, *(default["value"] for default in DEFAULT.finditer(value))):
            certainty = _certainty(holds, name, one, _threshold(holds, name, file, usual))
            if certainty:
                yield Found(_kind(line, name, file), one.strip().strip("\"'`"), certainty)
    for match in _AUTH_PAIR.finditer(line):
        certainty = judged(match[1], threshold_for(file, Threshold.MIDDLE))
        if certainty:
            yield Found("password", match[1], certainty)
    for value in _WIREGUARD.findall(line):
        yield Found("private-key", value)


def _certainty(
    holds: Holds | None, name: str, value: str, threshold: Threshold
) -> Certainty | None:
    if holds is None:
        return None
    if holds is Holds.MAYBE:
        return judged_by_value(value)
    certainty = judged(value, threshold)
    if certainty is None and holds is Holds.PASSWORD:
        own, plain = _plain(name), _plain(value)
        option = len(plain) > len("password") and own.endswith(plain)
        return None if own == plain or option else judged_as_written(value)
    if certainty is Certainty.DOUBTFUL and _plain(value).endswith(_plain(name)):
        return None  # its own name: a placeholder, or a variable of that name
    return certainty


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _threshold(holds: Holds | None, name: str, file: FileKind, usual: Threshold) -> Threshold:
    if holds is Holds.KEY:
        # A program made it: it looks random, except where a person fills in settings.
        usual = Threshold.MIDDLE if usual is Threshold.LOW else Threshold.HIGH
    elif usual is Threshold.LOW and file.yaml and not (name.lower() in _KNOWN or name.isupper()):
        # What is in capitals in a Compose file is a variable of a container.
        usual = Threshold.MIDDLE
    return threshold_for(file, usual)


def named_values(lines: Sequence[str], index: int, file: FileKind) -> Iterator[tuple[int, Found]]:
    """Yield (index, secret) for the value next to the line that names a secret."""
    named = _NAMED.search(lines[index])
    holds = named and held_by(named["name"])
    for near in (index + 1, index - 1) if holds else ():
        match = _ITS_VALUE.search(lines[near]) if 0 <= near < len(lines) else None
        if named and holds and match:
            usual = _threshold(holds, named["name"], file, Threshold.MIDDLE)
            certainty = _certainty(holds, named["name"], match["value"], usual)
            if certainty:
                kind = _kind(lines[index], named["name"], file)
                yield near, Found(kind, match["value"], certainty)
            return


def parameter_records(lines: Sequence[str], index: int, file: FileKind) -> Iterator[Found]:
    """Yield (kind, secret) for the value field of an XML record whose key field names a secret."""
    match = _XML_VALUE.search(lines[index])
    if not match:
        return
    value = match["value"] or match["attribute"]
    for before in reversed(lines[max(0, index - 6) : index + 1]):
        key = _XML_KEY.search(before)
        certainty = parameter_secret(key[1], value, file) if key else None
        if certainty:
            yield Found("odoo-parameter", value.strip(), certainty)
        if key or "<record" in before:
            return


def parameter_secret(key: str, value: str, file: FileKind) -> Certainty | None:
    """How sure it is that a system parameter of Odoo holds a secret value; None: it does not."""
    value = value.strip()
    if key == "database.enterprise_code":
        return Certainty.SURE if re.fullmatch(r"M?\d{10,}[\w-]*", value) else None
    if key in ("database.secret", "database.uuid"):
        return Certainty.SURE if is_random(value) else None
    holds = held_by(key)
    if not holds:
        return None
    usual = Threshold.HIGH if holds is Holds.KEY else Threshold.MIDDLE
    return judged(value, threshold_for(file, usual))


def _kind(line: str, name: str, file: FileKind) -> str:
    if _FRAMEWORK_KEY.search(line):
        return "framework-key"
    if name.lower() == "admin_passwd" or file.odoo:
        return "odoo-password"
    return "password" if held_by(name) is Holds.PASSWORD else "secret-key"
