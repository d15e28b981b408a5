"""Passwords that people choose: what everybody knows is one, too, where only a password belongs."""

from __future__ import annotations

import re

from pipeline.check.secrets.rules.hits import Certainty
from pipeline.check.secrets.rules.judgement import (
    CONSTANT,
    DOTTED,
    ELIDED,
    HASH,
    NO_VALUES,
    VERSION,
    Threshold,
    bare,
    is_random,
    is_replaced,
    judged,
)

_NO_VALUE = re.compile(r"(?i)0x[0-9a-f]{1,8}|.*\.py")
_WORD_TWICE = re.compile(r"(.{5,20})\1+")
#: What tells the reader to put a value there, and cannot be in use.
_TO_FILL_IN = re.compile(
    r"(?i)your|here|placeholder|insert|replace|todo|fixme|redacted|x{3,}|\*{2,}|\.{3,}"
    r"|^(?:my|some|test|example|sample|dummy|fake|user|encrypted|new|old|wrong)[_-]"
    r"[\w-]*pass(?:word)?$"
    r"|^(?-i:[a-z]+Password$)|^#{3}"
)
#: At least four characters, of which digits alone say too little if they are fewer than five.
_WRITTEN = re.compile(r"(?=.*[^\W\d]|\d{5})[^\s\"'`<>(){}\[\];,:/\\|]{4,64}")
#: What tutorials sign cookies and tokens with.
_SIGNED_WITH = re.compile(
    r"(?i)(?:super|top|very|ultra)[-_ ]?(?:super)?secret\w{0,8}|keyboard[-_ ]?cat"
)
#: Words of which nobody makes a passphrase, because they explain one.
_EXPLAINS = re.compile(
    r"\b(?:a|an|and|are|as|at|be|by|can|do|for|from|has|have|if|in|is|it|must|no|not|of|on|or|that"
    r"|the|this|to|too|with|you|your|please|enter|type|choose|confirm|repeat|forgot|reset|change"
    r"|changed|invalid|incorrect|wrong|missing|unknown|weak|strong|new|old|current|error|failed"
    r"|required|optional|example|field|input|login|user|username|account|pass\w*|secrets?|tokens?"
    r"|keys?|text|string|hash\w*)\b"
)
_PHRASE = re.compile(r"[a-z]{3,12}(?: [a-z]{3,12}){2,7}")


def judged_as_password(value: str, threshold: Threshold) -> Certainty | None:
    """How sure it is that a value is a password where nothing but a password belongs."""
    return judged(value, threshold) or judged_as_written(value)


def judged_as_written(value: str) -> Certainty | None:
    """Whether a value where nothing but a password belongs is one that everybody knows."""
    value = bare(value)
    if value.lower() in NO_VALUES or HASH.search(value):
        return None
    if any(form.fullmatch(value) for form in (_NO_VALUE, VERSION, DOTTED, CONSTANT)):
        return None
    if " " in value:
        return _judged_phrase(value)
    if _WORD_TWICE.fullmatch(value.lower()):
        return None
    replaced = is_replaced(value) or ELIDED.search(value) or _TO_FILL_IN.search(value)
    return None if replaced or not _WRITTEN.fullmatch(value) else Certainty.DOUBTFUL


def _judged_phrase(value: str) -> Certainty | None:
    """Words that explain nothing, or random characters in groups."""
    if len(value) > 100 or is_replaced(value) or _TO_FILL_IN.search(value):
        return None
    phrase = _PHRASE.fullmatch(value) and not _EXPLAINS.search(value)
    grouped = re.fullmatch(r"[\w-]+(?: [\w-]+)+", value) and is_random(value.replace(" ", ""))
    return Certainty.DOUBTFUL if phrase or grouped else None


def judged_as_signature(value: str) -> Certainty | None:
    """Whether a secret that signs something is one that everybody knows."""
    return Certainty.DOUBTFUL if _SIGNED_WITH.fullmatch(value.strip()) else None


def judged_in_store(value: str) -> Certainty | None:
    """How sure it is that a value is a secret in a file in which programs keep logins."""
    known = judged(value, Threshold.LOW)
    word = len(value) >= 4 and not is_replaced(value) and not _TO_FILL_IN.search(value)
    return known or (Certainty.DOUBTFUL if word else None)
