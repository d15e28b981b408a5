"""Private keys: their header, followed by the key itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.check.secrets.rules.hits import Found

ANCHORS = r"PRIVATE KEY|PuTTY-User-Key-File|\bkty\b"

_HEADER = re.compile(r"-{4,5} ?BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)? ?-{4,5}")
_KEY_TYPE = re.compile(r"\bkty[\"']?\s*:")
_PUTTY = re.compile(r"PuTTY-User-Key-File-\d")
#: A line of the key: base64, maybe quoted, indented or joined by ``\n`` in one line.
_BODY = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
#: The private part of a JSON web key; ``k`` is that of a symmetric one.
_JSON_KEY = re.compile(r"(?<![\w-])[\"']?[dk][\"']?\s*:\s*[\"']([\w-]{20,})[\"']")
_JSON_KEY_LINES = 12
_LOOK_AHEAD = 8  # encrypted keys have a few header lines first
_PUTTY_LOOK_AHEAD = 40


def private_keys(lines: Sequence[str], index: int) -> Iterator[Found]:
    """Yield (kind, secret) for keys that begin at ``lines[index]``; a header alone does not count.

    The secret is the first part of the key's body: enough to tell keys apart.
    """
    line = lines[index]
    for match in _HEADER.finditer(line):
        body = _first_body(line[match.end() :], lines[index + 1 : index + 1 + _LOOK_AHEAD])
        if body:
            yield Found("private-key", body)
    if _KEY_TYPE.search(line):
        # Its members are in any order, often one in a line.
        around = lines[max(0, index - _JSON_KEY_LINES) : index + _JSON_KEY_LINES + 1]
        for match in _JSON_KEY.finditer(line if len(line) > 120 else "\n".join(around)):
            yield Found("private-key", match[1])
    if _PUTTY.search(line):
        following = lines[index + 1 : index + 1 + _PUTTY_LOOK_AHEAD]
        for offset, candidate in enumerate(following):
            if candidate.startswith("Private-Lines:"):
                body = _first_body("", following[offset + 1 : offset + 2])
                if body:
                    yield Found("private-key", body)


def _first_body(rest: str, following: Sequence[str]) -> str:
    rest = rest.replace("\\r", " ").replace("\\n", " ")
    if "-----END" in rest:
        rest, following = rest[: rest.index("-----END")], ()
    # A key in one line starts right after its header; later text is something else.
    if rest.strip("\"'` ,;)+.\\") and not _BODY.search(rest):
        return ""
    for text in (rest, *following):
        if "-----" in text:
            return ""
        match = _BODY.search(text)
        if match and re.search(r"[a-z]", match[0]) and len(set(match[0])) > 8:
            return match[0]
    return ""
