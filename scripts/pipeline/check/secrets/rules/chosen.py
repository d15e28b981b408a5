"""Passwords that people choose: what everybody knows is one, too, where only a password belongs."""

from __future__ import annotations

import re

from pipeline.check.secrets.rules.hits import Certainty
from pipeline.check.secrets.rules.judgement import (
    DOTTED,
    ELIDED,
    HASH,
    Threshold,
    is_replaced,
    judged,
)

#: Settings that are named after a password, and are none.
_NO_VALUE = re.compile(
    r"(?i)null|none|nil|true|false|yes|no|on|off|empty|required|optional|str(?:ing)?|text|char"
    r"|bytes|trust|peer|md5|default|value|undefined|unset|(?:dis|en)abled|hidden|removed|masked"
    r"|omit|include|always|never|on_create|0x[0-9a-f]{1,8}|\d*\.\d+|.*\.py"
)
#: What tells the reader to put a value there, and cannot be in use.
_TO_FILL_IN = re.compile(
    r"(?i)your|here|placeholder|insert|replace|todo|fixme|redacted|x{3,}|\*{2,}|\.{3,}"
    r"|^(?:my|some|test|example|sample|dummy|fake|user|encrypted|new|old|wrong)[_-]"
    r"[\w-]*pass(?:word)?$"
    r"|^(?-i:[a-z]+Password$)"
)
#: At least four characters, of which digits alone say too little if they are fewer than five.
_WRITTEN = re.compile(r"(?=.*[^\W\d]|\d{5})[^\s\"'`<>(){}\[\];,:/\\|]{4,64}")


def judged_as_written(value: str) -> Certainty | None:
    """Whether a value where nothing but a password belongs is one that everybody knows."""
    value = value.strip().strip("\"'`").rstrip(",;").strip("\"'`")
    if _NO_VALUE.fullmatch(value) or DOTTED.fullmatch(value) or HASH.search(value):
        return None
    replaced = is_replaced(value) or ELIDED.search(value) or _TO_FILL_IN.search(value)
    return None if replaced or not _WRITTEN.fullmatch(value) else Certainty.DOUBTFUL


def judged_in_store(value: str) -> Certainty | None:
    """How sure it is that a value is a secret in a file in which programs keep logins."""
    known = judged(value, Threshold.LOW)
    word = len(value) >= 4 and not is_replaced(value) and not _TO_FILL_IN.search(value)
    return known or (Certainty.DOUBTFUL if word else None)
