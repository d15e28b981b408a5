"""Names and their values in one line: in code, settings, XML, options, addresses and prose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.check.secrets.rules.judgement import Threshold, is_random
from pipeline.check.secrets.rules.paths import FileKind

_NAME = r"(?P<name>[A-Za-z_][\w.-]*)"
_QUOTED = r"[rRbBuU]{0,2}(?P<quote>[\"'`])(?P<value>(?:(?!(?P=quote)).)+)(?P=quote)"
_IN_CODE = re.compile(
    _NAME
    + r"(?:[\"'`]?\s*\]?\s*(?:=>|:=|={2,3}|[:=])|\s*:\s*[\w.\[\] |]{1,40}\s*=)\s*"
    # pointers to texts, types of secrets and what decodes them, as libraries make them
    + r"(?:(?:\w{1,20}\.)?(?:String|Ptr|SecretStr|createSecretKey|from|b64decode|decode64"
    + r"|base64Decode|DecodeString|fromhex|unhexlify|FromBase64String)\(){0,2}\(?\s*"
    + _QUOTED
    # what follows a literal that is one operand of something bigger
    + r"(?!\s*(?:%|\+|\.format|\.join|in\b|==))"
)
_COMMENT = re.compile(r"^\s*(?:[#;]|//|--\s)")
_IN_SETTINGS = re.compile(
    r"^\s*(?:[#;]+\s*|//\s*|--\s+)?(?:-\s+)?(?:(?:export|ENV|ARG|set|SET|declare -x)\s+)?[\"']?"
    + _NAME
    + r"[\"']?\s*(?:[?:+]{0,2}=|:(?=\s))\s*(?P<value>\S+)\s*(?:\s[#;].*)?$"
)
_BEFORE_COMMAND = re.compile(
    r"(?:^|\s)(?P<name>[A-Z][A-Z0-9_]+)=(?P<value>'[^']+'|\"[^\"]+\"|(?!`)\S+)\s+\S"
)
#: A variable given to a container, and a header or a setting that a text holds.
_VARIABLE = re.compile(
    r"(?:^|[\s\"'`=])(?:(?:-e|--env)[ =]?)?[\"'`](?P<name>[A-Za-z_][\w-]*)"
    r"(?:=|: ?)(?P<value>[^\s\"'`=:]+={0,2})[\"'`]"
    r"|(?:^|\s)(?:-e|--env)[ =](?P<named>[A-Za-z_][\w.]*)=(?P<valued>[^\s\"']+)"
)
_OPTION = re.compile(
    r"(?:^|[\s\"'\[,(])(?:--|-D)(?P<name>[a-zA-Z][\w.-]*)[= ][\"']?(?P<value>[^\s\"',\]]+)"
)
_XML_FIELD = re.compile(
    r"<(?:field|param|property|entry|add|setting)\s[^>]*?(?:name|key)=[\"'](?P<name>[\w.-]+)[\"']"
    r"(?:[^>]*?\b(?:eval|value)=\"'?(?P<attribute>[^\"']+)'?\"|[^>/]*>(?P<value>[^<]+)<)"
)
_XML_ELEMENT = re.compile(
    r"<(?P<name>[A-Za-z][\w.-]*)(?:\s[^<>]{1,200})?>(?P<value>[^<>]+)</(?P=name)>"
)
_HEADER_PAIR = re.compile(r"[\[(]\s*[\"']([\w.-]+)[\"']\s*,\s*[\"']([^\"']+)[\"']\s*[\])]")
_PROSE = re.compile(
    r"(?i)\b(?:pass(?:word|phrase|wd)?|(?:api|access|private|secret) key|secret|token)\b"
    r"[^:=]{0,40}[:=]\s*[`*\"']*(?!\S*\w\*{2,}\w)([^\s`*\"']+)"
)
#: Of YAML and its kin: {user: x, password: y}.
_BRACES = re.compile(r"\{[^{}]{4,400}\}")
_IN_BRACES = re.compile(_NAME + r":\s+(?P<value>[^\s,{}\[\]\"'`]+)(?=\s*[,}])")
#: Settings that a comment of code explains; other names than these are types and arguments.
_IN_COMMENT = re.compile(
    r"^\s*(?://+|\*|#)\s+(?:export\s+)?(?P<name>(?i:[\w.-]{0,30}passw(?:or)?d)|[A-Z][A-Z\d_]+)"
    r"(?:=|:\s+)[\"']?(?P<value>[^\s\"'=]+)[\"']?\s*$"
)
#: What is used where a variable is not set: ${NAME:-value} and its kin in shells and Compose, the
#: second argument or operand in code, a filter in templates.
DEFAULT = re.compile(
    r"\$\{(?P<name>[A-Za-z_]\w*):?[-=+][\"']?(?P<value>(?:[^\s${}\"'`]|\$\$)+)[\"']?\}"
)
_DEFAULTS = (
    DEFAULT,
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
    r"(?:^|[;&?#\s]|\\n)(?P<name>[A-Za-z][\w.-]*)=(?P<value>[^;&\s\"'`\\]+)" r"(?=[;&\s\\]|$)"
)


def pairs(line: str, file: FileKind) -> Iterator[tuple[str, str, Threshold]]:
    """Yield (name, value, usual threshold) for every assignment."""
    usual = Threshold.LOW if file.settings else Threshold.MIDDLE
    for match in _IN_CODE.finditer(line):
        yield match["name"], match["value"], usual
        if "'" in match["value"] or '"' in match["value"]:  # JSON in a text
            for inner in _IN_CODE.finditer(match["value"]):
                yield inner["name"], inner["value"], usual
    for regex in (_XML_FIELD, _XML_ELEMENT):
        for match in regex.finditer(line):
            value = match["value"] or match.groupdict().get("attribute") or ""
            yield match["name"], value, Threshold.MIDDLE
    for regex in _DEFAULTS:
        for match in regex.finditer(line):
            yield match["name"], match["value"], usual
    texts = [match[2] for match in _STRING.finditer(line)]
    if not file.code or "://" in line:
        texts.append(line)
    for several in (list(_PAIR_IN_TEXT.finditer(text)) for text in texts):
        for match in several:
            if len(several) > 1 or match[0].startswith(("?", "#")):
                yield match["name"], match["value"], Threshold.MIDDLE
    for match in _HEADER_PAIR.finditer(line):
        yield match[1], match[2], Threshold.HIGH
    for match in _VARIABLE.finditer(line):
        yield match["name"] or match["named"], match["value"] or match["valued"], Threshold.MIDDLE
    for match in _OPTION.finditer(line):
        yield match["name"], match["value"], Threshold.MIDDLE
    if file.code:
        for match in _IN_COMMENT.finditer(line):
            yield match["name"], match["value"], Threshold.HIGH
        return
    if file.yaml or file.prose or file.settings:
        for braces in _BRACES.findall(line):
            for match in _IN_BRACES.finditer(braces):
                yield match["name"], match["value"], Threshold.MIDDLE
    for match in _IN_SETTINGS.finditer(line):
        threshold = Threshold.MIDDLE if _COMMENT.search(line) else usual
        yield match["name"], match["value"], threshold
    for match in _BEFORE_COMMAND.finditer(line):
        yield match["name"], match["value"], Threshold.MIDDLE
    if file.prose:
        for match in _PROSE.finditer(line):
            if re.search(r"//|\]\(", match[1]):
                continue  # an address, a link
            if is_random(match[1]) or re.fullmatch(r"(?=\D*\d)(?=\d*[A-Za-z])[^/:]+", match[1]):
                yield "password", match[1].rstrip(".,;)"), Threshold.HIGH
