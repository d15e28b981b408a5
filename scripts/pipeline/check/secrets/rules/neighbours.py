"""Secrets whose name is in another line: lists, variables of containers, records of Odoo."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.check.secrets.rules.assignments import (
    certainty_of,
    kind_of,
    parameter_secret,
    threshold_of,
)
from pipeline.check.secrets.rules.hits import Found
from pipeline.check.secrets.rules.judgement import Threshold, is_secret, threshold_for
from pipeline.check.secrets.rules.names import Holds, held_by
from pipeline.check.secrets.rules.paths import FileKind

_XML_VALUE = re.compile(
    r"<field\s[^>]*?name=[\"']value[\"']"
    r"(?:[^>]*?\beval=\"'(?P<attribute>[^\"']+)'\"|[^>/]*>(?P<value>[^<]+)<)"
)
_XML_KEY = re.compile(r"<field\s[^>]*?name=[\"']key[\"'][^>]*>\s*([\w.-]+)\s*<")
#: A variable of a container, as Kubernetes and task definitions have it: its value is in the next
#: line.
_NAMED = re.compile(
    r"[\"']?\b(?:name|key)[\"']?\s*:\s*[\"']?(?P<name>[A-Za-z_][\w.-]*)[\"']?\s*,?\s*$"
)
_ITS_VALUE = re.compile(
    r"^\s*(?:-\s+)?[\"']?value[\"']?\s*:\s*[\"']?(?P<value>[^\s\"']+?)[\"']?\s*,?\s*$"
)
#: The name of a list, in the plural: what follows on its line, or nothing.
_LIST = re.compile(
    r"[\"']?\b(?P<name>[A-Za-z_][\w.-]{0,60}[sS])[\"']?\s*(?::\s*[\w.\[\] ]{1,40}=|:?=>?|:)\s*"
    r"(?P<rest>[\[({].{0,1000})?$"
)
_QUOTED_ITEM = re.compile(r"[\"']([^\s\"']{12,300})[\"']")
_ITEM = re.compile(r"\s*(?:-\s+[\"']?|[\"'])(?P<value>[^\s\"',]{1,300})[\"']?\s*,?\s*(?:[#/].*)?")
_LONGEST_LIST = 50
#: Of Algolia and its kin: the key that may only search is in the pages of the site.
_API_KEY = re.compile(r"\bapi_?[kK]ey\b")
_INDEX_NAME = re.compile(r"\bindex_?[nN]ame\b|(?i:docsearch)")
_NEAR_INDEX = 4


def named_values(lines: Sequence[str], index: int, file: FileKind) -> Iterator[tuple[int, Found]]:
    """Yield (index, secret) for the value next to the line that names a secret."""
    named = _NAMED.search(lines[index])
    for near in (index + 1, index - 1) if named and held_by(named["name"]) else ():
        match = _ITS_VALUE.search(lines[near]) if 0 <= near < len(lines) else None
        if named and match:
            usual = threshold_of(named["name"], file, Threshold.MIDDLE)
            certainty = certainty_of(named["name"], match["value"], usual)
            if certainty:
                kind = kind_of(lines[index], named["name"], file)
                yield near, Found(kind, match["value"], certainty)
            return


def listed(lines: Sequence[str], index: int, file: FileKind) -> Iterator[tuple[int, Found]]:
    """Yield (index, secret) for the random values in a list whose name is at ``lines[index]``."""
    named = _LIST.search(lines[index])
    holds = held_by(named["name"].rstrip("sS")) if named else None
    if not named or holds not in (Holds.KEY, Holds.PASSWORD):
        return
    usual = threshold_for(file, Threshold.HIGH if holds is Holds.KEY else Threshold.MIDDLE)
    kind = kind_of(lines[index], named["name"].rstrip("sS"), file)
    rest = named["rest"] or ""
    for value in _QUOTED_ITEM.findall(rest):
        if _is_item(value, usual):
            yield index, Found(kind, value)
    if "]" in rest or "}" in rest or ")" in rest:
        return
    for near in range(index + 1, min(len(lines), index + _LONGEST_LIST)):
        item = _ITEM.fullmatch(lines[near])
        if not item:
            return
        if _is_item(item["value"], usual):
            yield near, Found(kind, item["value"])


def _is_item(value: str, threshold: Threshold) -> bool:
    """Whether an item is a secret: without a name of its own, it has to look more like one."""
    return len(re.findall(r"\d", value)) > 1 and is_secret(value, threshold)


def is_for_search(lines: Sequence[str], index: int) -> bool:
    """Whether the key in a line is one that a site gives to everybody who searches in it."""
    around = "\n".join(lines[max(0, index - _NEAR_INDEX) : index + _NEAR_INDEX + 1])
    return bool(_API_KEY.search(lines[index]) and _INDEX_NAME.search(around))


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
