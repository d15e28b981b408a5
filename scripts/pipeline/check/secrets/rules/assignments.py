"""A name that means "secret", and a value: in code, settings, XML, options and prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.check.secrets.rules.judgement import Threshold, is_random, is_secret, threshold_for
from pipeline.check.secrets.rules.names import Holds, held_by
from pipeline.check.secrets.rules.paths import FileKind

ANCHORS = (
    r"(?i:pass|pwd|secret|token|api.?key|access.?key|[_.-]key|[a-z]Key\b|auth\b|credential"
    r"|wachtwoord|enterprise.code|name=.value.|<value|auth=|PrivateKey)"
)

_NAME = r"(?P<name>[A-Za-z_][\w.-]*)"
_QUOTED = r"[rRbBuU]{0,2}(?P<quote>[\"'`])(?P<value>(?:(?!(?P=quote)).)+)(?P=quote)"
_IN_CODE = re.compile(
    _NAME
    + r"(?:[\"'`]?\s*\]?\s*(?:=>|:=|[:=])|\s*:\s*[\w.\[\] |]{1,40}\s*=)\s*\(?\s*"
    + _QUOTED
    # what follows a literal that is one operand of something bigger
    + r"(?!\s*(?:%|\+|\.format|\.join|in\b|==))"
)
_COMMENT = re.compile(r"^\s*(?:[#;]|//)")
_IN_SETTINGS = re.compile(
    r"^\s*(?:[#;]+\s*|//\s*)?(?:-\s+)?(?:(?:export|ENV|ARG|set|SET|declare -x)\s+)?[\"']?"
    + _NAME
    + r"[\"']?\s*(?:[?:+]{0,2}=|:(?=\s))\s*(?P<value>\S+)\s*(?:\s[#;].*)?$"
)
_BEFORE_COMMAND = re.compile(
    r"(?:^|\s)(?P<name>[A-Z][A-Z0-9_]+)=(?P<value>'[^']+'|\"[^\"]+\"|\S+)\s+\S"
)
_OPTION = re.compile(
    r"(?:^|[\s\"'\[,(])--(?P<name>[a-zA-Z][\w-]*)[= ][\"']?(?P<value>[^\s\"',\]]+)"
)
_XML_FIELD = re.compile(
    r"<(?:field|param|property|entry|add|setting)\s[^>]*?(?:name|key)=[\"'](?P<name>[\w.-]+)[\"']"
    r"(?:[^>]*?\b(?:eval|value)=\"'?(?P<attribute>[^\"']+)'?\"|[^>/]*>(?P<value>[^<]+)<)"
)
_XML_ELEMENT = re.compile(
    r"<(?P<name>[A-Za-z][\w.-]*)(?:\s[^<>]{1,200})?>(?P<value>[^<>]+)</(?P=name)>"
)
_XML_VALUE = re.compile(
    r"<field\s[^>]*?name=[\"']value[\"']"
    r"(?:[^>]*?\beval=\"'(?P<attribute>[^\"']+)'\"|[^>/]*>(?P<value>[^<]+)<)"
)
_XML_KEY = re.compile(r"<field\s[^>]*?name=[\"']key[\"'][^>]*>\s*([\w.-]+)\s*<")
_XML_PAIR = re.compile(r"<value>([\w.-]+)</value>\s*<value>([^<]+)</value>")
_SET_PARAM = re.compile(r"set_param\(\s*[\"']([\w.-]+)[\"']\s*,\s*[\"']([^\"']+)[\"']")
_HEADER_PAIR = re.compile(r"[\[(]\s*[\"']([\w.-]+)[\"']\s*,\s*[\"']([^\"']+)[\"']\s*[\])]")
_AUTH_PAIR = re.compile(r"\bauth\s*=\s*\(\s*[\"'][^\"']*[\"']\s*,\s*[\"']([^\"']+)[\"']")
_PROSE = re.compile(
    r"(?i)\b(?:pass(?:word|phrase|wd)?|api key|token)\b[^:=]{0,40}[:=]\s*[`*\"']*([^\s`*\"']+)"
)
#: What is used where a variable is not set: ${NAME:-value} and its kin in shells and Compose, the
#: second argument or operand in code, a filter in templates.
_DEFAULT = re.compile(
    r"\$\{(?P<name>[A-Za-z_]\w*):?[-=+][\"']?(?P<value>(?:[^\s${}\"'`]|\$\$)+)[\"']?\}"
)
_DEFAULTS = (
    _DEFAULT,
    re.compile(
        r"\b(?:environ|getenv|env|ENV|secrets|vars)\b[\w.]{0,9}[\[(.]\s*[\"']?"
        + _NAME
        + r"[\"']?\s*[\])]?\s*(?:,\s*(?:default\s*=\s*)?|\|\||\?\?|\bor\b)\s*"
        + _QUOTED
    ),
    re.compile(_NAME + r"\s*\|\s*d(?:efault)?[\s(]\s*" + _QUOTED),
)
#: One text that holds several settings: Server=x;Uid=y;Pwd=z, host=x password=y, a=x&token=y.
_STRING = re.compile(r"([\"'`])((?:(?!\1).)+)\1")
_PAIR_IN_TEXT = re.compile(
    r"(?:^|[;&?\s])(?P<name>[A-Za-z][\w.-]*)=(?P<value>[^;&\s\"'`]+)(?=[;&\s]|$)"
)
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


def assignments(line: str, file: FileKind) -> Iterator[tuple[str, str]]:
    """Yield (kind, secret) for the values assigned to names of secrets in one line."""
    if file.translation:
        return
    for key, value in (*_SET_PARAM.findall(line), *_XML_PAIR.findall(line)):
        if is_parameter_secret(key, value, file):
            yield "odoo-parameter", value.strip()
    # JSON in a text of another language has its quotes escaped.
    plain = line.replace('\\"', '"')
    for name, value, usual in (
        *_pairs(line, file),
        *(_pairs(plain, file) if plain != line else ()),
    ):
        holds = held_by(name)
        for one in (value, *(default["value"] for default in _DEFAULT.finditer(value))):
            if holds and is_secret(one, _threshold(holds, name, file, usual)):
                yield _kind(line, name, file), one.strip().strip("\"'`")
    for match in _AUTH_PAIR.finditer(line):
        if is_secret(match[1], threshold_for(file, Threshold.MIDDLE)):
            yield "password", match[1]
    for value in _WIREGUARD.findall(line):
        yield "private-key", value


def _pairs(line: str, file: FileKind) -> Iterator[tuple[str, str, Threshold]]:
    """Yield (name, value, usual threshold) for every assignment."""
    usual = Threshold.LOW if file.settings else Threshold.MIDDLE
    for match in _IN_CODE.finditer(line):
        yield match["name"], match["value"], usual
    for regex in (_XML_FIELD, _XML_ELEMENT):
        for match in regex.finditer(line):
            value = match["value"] or match.groupdict().get("attribute") or ""
            yield match["name"], value, Threshold.MIDDLE
    for regex in _DEFAULTS:
        for match in regex.finditer(line):
            yield match["name"], match["value"], usual
    texts = [match[2] for match in _STRING.finditer(line)] + ([] if file.code else [line])
    for pairs in (list(_PAIR_IN_TEXT.finditer(text)) for text in texts):
        for match in pairs:
            if len(pairs) > 1 or match[0].startswith("?"):
                yield match["name"], match["value"], Threshold.MIDDLE
    for match in _HEADER_PAIR.finditer(line):
        yield match[1], match[2], Threshold.HIGH
    for match in _OPTION.finditer(line):
        yield match["name"], match["value"], Threshold.MIDDLE
    if file.code:
        return
    for match in _IN_SETTINGS.finditer(line):
        threshold = Threshold.MIDDLE if _COMMENT.search(line) else usual
        yield match["name"], match["value"], threshold
    for match in _BEFORE_COMMAND.finditer(line):
        yield match["name"], match["value"], Threshold.MIDDLE
    if file.prose:
        for match in _PROSE.finditer(line):
            yield "password", match[1].rstrip(".,;)"), Threshold.HIGH


def _threshold(holds: Holds, name: str, file: FileKind, usual: Threshold) -> Threshold:
    if holds is Holds.KEY:
        # A program made it: it looks random, except where a person fills in settings.
        usual = Threshold.MIDDLE if usual is Threshold.LOW else Threshold.HIGH
    elif usual is Threshold.LOW and file.yaml and not (name.lower() in _KNOWN or name.isupper()):
        # What is in capitals in a Compose file is a variable of a container.
        usual = Threshold.MIDDLE
    return threshold_for(file, usual)


def named_values(
    lines: Sequence[str], index: int, file: FileKind
) -> Iterator[tuple[int, str, str]]:
    """Yield (index, kind, secret) for the value next to the line that names a secret."""
    named = _NAMED.search(lines[index])
    holds = named and held_by(named["name"])
    for near in (index + 1, index - 1) if holds else ():
        match = _ITS_VALUE.search(lines[near]) if 0 <= near < len(lines) else None
        if named and holds and match:
            if is_secret(match["value"], _threshold(holds, named["name"], file, Threshold.MIDDLE)):
                yield near, _kind(lines[index], named["name"], file), match["value"]
            return


def parameter_records(
    lines: Sequence[str], index: int, file: FileKind
) -> Iterator[tuple[str, str]]:
    """Yield (kind, secret) for the value field of an XML record whose key field names a secret."""
    match = _XML_VALUE.search(lines[index])
    if not match:
        return
    value = match["value"] or match["attribute"]
    for before in reversed(lines[max(0, index - 6) : index + 1]):
        key = _XML_KEY.search(before)
        if key and is_parameter_secret(key[1], value, file):
            yield "odoo-parameter", value.strip()
        if key or "<record" in before:
            return


def is_parameter_secret(key: str, value: str, file: FileKind) -> bool:
    """Whether a system parameter of Odoo holds a secret value."""
    value = value.strip()
    if key == "database.enterprise_code":
        return bool(re.fullmatch(r"M?\d{10,}[\w-]*", value))
    if key in ("database.secret", "database.uuid"):
        return is_random(value)
    holds = held_by(key)
    return holds is not None and is_secret(
        value, threshold_for(file, Threshold.HIGH if holds is Holds.KEY else Threshold.MIDDLE)
    )


def _kind(line: str, name: str, file: FileKind) -> str:
    if _FRAMEWORK_KEY.search(line):
        return "framework-key"
    if name.lower() == "admin_passwd" or file.odoo:
        return "odoo-password"
    return "password" if held_by(name) is Holds.PASSWORD else "secret-key"
