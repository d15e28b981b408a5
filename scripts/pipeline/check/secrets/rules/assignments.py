"""A name that means "secret", and a value in the same line: in code, settings, XML and prose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.check.secrets.rules.chosen import judged_as_signature, judged_as_written
from pipeline.check.secrets.rules.hits import Certainty, Found
from pipeline.check.secrets.rules.judgement import (
    Threshold,
    is_placeholder,
    is_random,
    judged,
    judged_by_value,
    looks_issued,
    threshold_for,
)
from pipeline.check.secrets.rules.names import Holds, held_by
from pipeline.check.secrets.rules.pairs import DEFAULT, pairs
from pipeline.check.secrets.rules.paths import FileKind

#: In lower case, as the lines are then; alternatives that begin alike are one, which is faster.
WORDS = (
    r"p(?:ass|wd|rivatekey)|s(?:ecret|ess(?:ion)?id)|token|a(?:pi.?key|ccess.?key|uth\b|uth=)"
    r"|[_.-](?:key|pw\b)|[a-z]key\b|c(?:redential|ookie)|wachtwoord|\bpw\b|enterprise.code"
    r"|(?:salt|nonce|ticket|\bkey)[\"']?\s*(?:=|:[^:])|name=.value.|<value"
)

_XML_PAIR = re.compile(r"<value>([\w.-]+)</value>\s*<value>([^<]+)</value>")
_SET_PARAM = re.compile(r"set_param\(\s*[\"']([\w.-]+)[\"']\s*,\s*[\"']([^\"']+)[\"']")
_AUTH_PAIR = re.compile(r"\bauth\s*=\s*\(\s*[\"'][^\"']*[\"']\s*,\s*[\"']([^\"']+)[\"']")
#: What a browser sends to stay logged in.
_COOKIES = re.compile(r"(?i)cookie|sessid|sessionid|\bcurl\b.{0,200}\s-b\b")
_SESSION = re.compile(
    r"(?i)(?:(?<=[\s\"';{(:=])|^)[\w.-]{0,40}(?:sess(?:ion)?(?:[_-]?(?:id|key|token))?|sid)"
    r"[\"']?\s*[=:]\s*[\"']?(?P<value>[\w%.+/-]{16,300})"
)
#: The name of an entry, as libraries of sessions have it.
_NAMES_AN_ENTRY = re.compile(r"(?i)(?:session|cookie|storage)[_-]?key")
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
    unset = {default["value"] for default in DEFAULT.finditer(line)} if "${" in line else set()
    for name, value, usual in (
        *pairs(line, file),
        *(pairs(plain, file) if plain != line else ()),
    ):
        for one in (value, *(default["value"] for default in DEFAULT.finditer(value))):
            certainty = certainty_of(name, one, threshold_of(name, file, usual))
            # What is used in place of a variable is often there to be replaced by it.
            if certainty and not (one in unset and is_placeholder(one)):
                yield Found(kind_of(line, name, file), one.strip().strip("\"'`"), certainty)
    for match in _AUTH_PAIR.finditer(line):
        certainty = judged(match[1], threshold_for(file, Threshold.MIDDLE))
        if certainty:
            yield Found("password", match[1], certainty)
    for value in _WIREGUARD.findall(line):
        yield Found("private-key", value)
    if _COOKIES.search(line):
        for match in _SESSION.finditer(line):
            if looks_issued(match["value"]):
                yield Found("session-cookie", match["value"], Certainty.DOUBTFUL)


def certainty_of(name: str, value: str, threshold: Threshold) -> Certainty | None:
    """How sure it is that the value of a name is a secret; None: it is none."""
    holds = held_by(name)
    if holds is None:
        return None
    if holds is Holds.MAYBE:
        return judged_by_value(value)
    own, plain = _plain(name), _plain(value)
    certainty = judged(value, threshold)
    if certainty is None and holds is Holds.PASSWORD:
        named = own.endswith(plain) if len(plain) > len("password") else own == plain
        named = named or len(own) > len("password") and plain.endswith(own)
        return None if named else judged_as_written(value)
    if certainty is None and own.endswith("secret"):
        return judged_as_signature(value)
    if certainty is Certainty.DOUBTFUL and (
        plain.endswith(own)  # its own name: a placeholder, or a variable of that name
        or holds is Holds.KEY
        and _is_word_for(name, value)
    ):
        return None
    return certainty


def _is_word_for(name: str, value: str) -> bool:
    """Whether a word names something instead of being a key, which programs make."""
    if value.strip() != value:
        return True  # a word of a language that is parsed
    if name.lower().endswith(("token", "tokens", "bearer")):
        return value.isalpha() and value in (value.lower(), value.upper())
    return bool(_NAMES_AN_ENTRY.search(name)) and re.fullmatch(r"[A-Za-z_.:-]+", value) is not None


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def threshold_of(name: str, file: FileKind, usual: Threshold) -> Threshold:
    """The threshold for the value of a name in this file.

    Args:
        usual: the threshold for that syntax.
    """
    if held_by(name) is Holds.KEY:
        # A program made it: it looks random, except where a person fills in settings.
        usual = Threshold.MIDDLE if usual is Threshold.LOW else Threshold.HIGH
    elif usual is Threshold.LOW and file.yaml and not (name.lower() in _KNOWN or name.isupper()):
        # What is in capitals in a Compose file is a variable of a container.
        usual = Threshold.MIDDLE
    return threshold_for(file, usual)


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


def kind_of(line: str, name: str, file: FileKind) -> str:
    """The kind of the secret that a name in a line holds."""
    if _FRAMEWORK_KEY.search(line):
        return "framework-key"
    if name.lower() == "admin_passwd" or file.odoo:
        return "odoo-password"
    return "password" if held_by(name) is Holds.PASSWORD else "secret-key"
