"""Is this value a secret, or only a placeholder for one?"""

from __future__ import annotations

import enum
import math
import re
from collections import Counter
from pathlib import PurePosixPath

from pipeline.check.secrets.rules.hits import Certainty
from pipeline.check.secrets.rules.paths import FileKind


class Threshold(enum.IntEnum):
    """How much a value must look like a secret to be reported.

    ``LOW``: anything that is not a placeholder (``db_password = sunflower`` in odoo.conf).
    ``MIDDLE``: letters and digits or punctuation, like passwords that people choose.
    ``HIGH``: random characters, like keys that programs make; for tests, demo data and prose.
    """

    LOW = 1
    MIDDLE = 2
    HIGH = 3


#: Values of settings that are named after a secret, and say something about it.
NO_VALUES = frozenset(
    "null none nil true false yes no on off empty required optional string str text char bytes "
    "function object boolean number trust peer md5 default value undefined unset disabled enabled "
    "hidden redacted removed masked include omit same-origin always never on_create read write "
    "readonly".split()
)
#: Whole values that everybody writes where no secret is meant.
_DEFAULTS = NO_VALUES | frozenset(
    "admin administrator odoo openerp demo portal public postgres postgresql root user username "
    "login guest test tester mysql redis rabbitmq minio bearer basic hunter2 qwerty letmein "
    "odoo16 odoo17 odoo18 odoo19 odoo12 odoo13 odoo14 odoo15 openpgp oauth vault todo tbd fixme "
    "foo bar baz abc abcd abcdef abc123 123456 12345678 1234567890 "
    "deadbeef pass word passwd".split()
)
#: Words that name a secret or replace it; what remains of a value without them is judged.
_STAND_INS = re.compile(
    r"(?:(?:user|new|old|my|your|the|some|any|a|an|for|of|with|here|this|is|to|insert|enter|put|"
    r"very|super|top|strong|long|random|secure|insecure|django|valid|invalid|wrong|bad|good|real|"
    r"correct|incorrect|right|confirm|repeat|current|generated|set|use|in)(?![a-z]))"
    r"|pa?ss?(?:w(?:or)?d|phrase|wort)|pass|passwd|pwd|p[4a@][s$]{2}w[o0]rd|secret|token"
    r"|credentials?"
    r"|(?:api|access|auth|private|public|client|shared|license)?[-_ .]?keys?|api|access|auth|client"
    r"|change[-_ ]?(?:me|this|it)?|replace[-_ ]?(?:me|with)?|place[-_ ]?holder|example|sample|dummy"
    r"|fake|mock|test(?:ing|s|er)?|demo|todo|fixme|foo|bar|baz|toto|tata|lorem|ipsum|string"
    r"|value|(?:pre)?prod(?:uction)?|staging|uat"
    r"|x{3,}|\*{2,}|\.{3,}|redacted|hidden|admin|odoo|user|login|name|partner|company|portal",
    re.IGNORECASE,
)
_VARIABLE = re.compile(
    r"\$\(|\$\{|\{\{|\{%|<%|%\(\w+\)|%[sdr]\b|^\$[A-Za-z_]\w*(?:/|$)|^%[\w.]+%$|^@\w+@$|^__\w+__$"
    r"|^<.*>$|^<[A-Za-z][a-z]+$"
    r"|^\[.*\]$|^\{.*\}$|^&\w+;$|^#\{|\$\$\{|^\$[\"']?$"
    r"|\[[^\]]{1,40}\][{+*?]|\{\d+,?\d*\}|\(\?[:<i=!]"
    r"|^!(?:vault|Ref|Sub|GetAtt|secret)\b"
    r"|^ENC[\[(]"
)
_CODE = re.compile(
    r"\w\(|\)\s*$|^(?:self|os|env|this|process|config|settings|params?|kwargs|values?|vals|request"
    r"|object|record|user|options?|argv"
    r"|arg(?:ument)?s|secrets|vars?|local|data|ctx|context)[.\[]|=>|::|\\[nst]"
)
#: Keys that Django makes: half of their characters mean something else in code.
_DJANGO = re.compile(r"(?:django-insecure-)?[a-z0-9!@#$%^&*()\-_=+]{50}")
#: Of a method, whatever its arguments are.
_CALL = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*(?:\.\w+\([\w, .]*\))+")
#: A name in capitals: of a constant, or of what the reader has to fill in.
CONSTANT = re.compile(r"[A-Z][A-Z\d]*(?:_[A-Z\d]+)+")
_NAME_OF_ONE = re.compile(r"[a-z][A-Za-z\d]*(?:Key|Token|Secret|Password)")
_EXPRESSION = re.compile(r"\(\?|\[\^?[A-Za-z]-|\\")
ELIDED = re.compile(r"\w(?:\.{3,}|…|\*{3,})(?:\w|$)|\[(?:\.{3}|…)\]")
#: Of a package, as lists of requirements have it.
VERSION = re.compile(r"[\^~<>=v]{0,2}\d*(?:\.(?:\d+|[x*]))+(?:-[a-z]+[\d.]*)?")
_UUID = re.compile(r"(?i)\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?")
HASH = re.compile(r"\$\$?(?:pbkdf2-sha\d+|2[abxy]|[156y]|apr1|argon2\w*)\$")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_NAMES_A_SECRET = re.compile(
    r"(?i)pass|pwd|secret|token|credential|key\b|_key|key_"
    r"|should|change|random|your|whatever|generate"
)
_WORDS = re.compile(r"[A-Za-z_\-. :]+\d{0,4}[\W_]*")
_RUNS = re.compile(r"[A-Z]?[a-z]{4,}|[A-Z]{5,}")
_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "012345678901234567890123456789",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "0123456789abcdefghijklmnopqrstuvwxyz",
    "0123456789abcdef0123456789abcdef",
    "qwertyuiopasdfghjklzxcvbnm",
)


def threshold_for(file: FileKind, usual: Threshold) -> Threshold:
    """The threshold for values in this file: higher than usual where values are invented."""
    return Threshold.HIGH if file.invented else usual


def judged(value: str, threshold: Threshold) -> Certainty | None:
    """How sure it is that a value in the place of a secret is one; None: it is none."""
    if is_secret(value, threshold):
        # A hash in a test or an example is that of an invented password.
        return None if threshold is Threshold.HIGH and HASH.search(value) else Certainty.SURE
    if threshold is not Threshold.LOW and _may_be_secret(value):
        return Certainty.DOUBTFUL
    return None


def judged_by_value(value: str) -> Certainty | None:
    """The same for a name that may hold something else: only random values, all doubtful.

    A UUID is none: `key` and its kin name records, and so does a UUID.
    """
    value = value.strip().strip("\"'`")
    random = is_random(value) and not is_placeholder(value) and not re.search(r"[\s,(]", value)
    random = random and not _UUID.fullmatch(value)
    return Certainty.DOUBTFUL if random and not HASH.search(value) else None


def looks_issued(value: str) -> bool:
    """Whether a program issued it to one user: random characters, or a UUID."""
    return bool(_UUID.fullmatch(value)) or is_random(value) and not is_placeholder(value)


def bare(value: str) -> str:
    """A value without the quotes around it, and the sign behind it."""
    return value.strip().strip("\"'`").rstrip(",;").strip("\"'`")


def _may_be_secret(value: str) -> bool:
    value = bare(value)
    if not is_secret(value, Threshold.LOW) or HASH.search(value):
        return False
    if not re.search(r"[A-Za-z]", value) and len(value) < 6:
        return False
    # Names of things, and words that name the secret instead of being it.
    names = (DOTTED, CONSTANT, _NAME_OF_ONE)
    return not (
        any(form.fullmatch(value) for form in names)
        or _NAMES_A_SECRET.search(value)
        and _WORDS.fullmatch(value)
    )


def is_secret(value: str, threshold: Threshold) -> bool:
    """Whether a value in the place of a secret is one."""
    value = value.strip().strip("\"'`").rstrip(",;").strip()
    if not 4 <= len(value) <= 4096 or any(sign.isspace() for sign in value):
        return False
    if HASH.search(value) or _is_django_key(value):
        return True
    if is_placeholder(value):
        return False
    if threshold is Threshold.LOW:
        return True
    if is_random(value):
        return True
    return threshold is Threshold.MIDDLE and _looks_made(value)


def is_placeholder(value: str) -> bool:
    """Whether a value is a placeholder: a default, a variable, a path, a call, a sequence."""
    lowered = value.lower()
    if lowered in _DEFAULTS or is_replaced(value):
        return True
    if ELIDED.search(value) or re.fullmatch(r"(.{3,20})\1+", lowered) or VERSION.fullmatch(value):
        return True  # only its ends; one word twice
    if len(set(lowered)) <= 3 or any(lowered in alphabet for alphabet in _ALPHABETS):
        return True
    if re.search(r"^0[xX][0-9a-fA-F]{1,8}$|(.)\1{7,}|0123456789|abcdefghij|x{6,}|EXAMPLE", value):
        return True
    rest = re.sub(r"[^A-Za-z0-9]", "", _STAND_INS.sub("", value))
    if any(rest.lower() in alphabet for alphabet in _ALPHABETS):
        return True
    return len(rest) < 4 or (len(rest) < len(value) / 2 and rest.isdigit() and len(rest) < 8)


def is_replaced(value: str) -> bool:
    """Whether something else takes the place of a value: a variable, a call, a path."""
    if _VARIABLE.search(value) or _CALL.fullmatch(value):
        return True
    if _CODE.search(value) and not is_random(value):  # Django's keys may hold brackets
        return True
    # a path or an address
    return bool(re.match(r"(?:\.{0,2}/|~/|[a-z]+://|[A-Z]:\\)", value)) and not is_random(
        value[-20:]
    )


def is_random(value: str) -> bool:
    """Whether the characters look generated: at least 12, mixed without a pattern."""
    core = re.sub(r"[^A-Za-z0-9]", "", value)
    if len(value) < 12 or len(core) < 10 or not re.search(r"[A-Za-z]", core):
        return False
    words = sum(len(run) for run in _RUNS.findall(value) if _reads_as_word(run))
    one_case = core in (core.lower(), core.upper())
    if not re.search(r"\d", core) and (one_case or len(core) < 16 or words > len(core) * 0.3):
        return False
    rest = len(core) - words  # words next to random characters do not make those less random
    changes = sum(_sort(first) != _sort(second) for first, second in zip(core, core[1:]))
    if changes < rest / (5 if one_case else 4):
        return False
    return words <= len(core) * (0.5 if one_case else 0.4) and entropy(core) >= 2.9


def _is_django_key(value: str) -> bool:
    marks = len(re.findall(r"[!@#$%^&*()=+]", value))
    if marks >= 4 and _DJANGO.fullmatch(value):
        return entropy(value) > 4
    # Drawn from all that can be typed; an expression that long repeats itself more.
    drawn = len(value) >= 45 and marks >= 6 and re.search(r"\d", value) and entropy(value) > 4.6
    return bool(drawn) and not _EXPRESSION.search(value)


def _reads_as_word(run: str) -> bool:
    """Whether letters of one case are pronounceable: vowels, never four consonants in a row."""
    vowels = len(re.findall(r"[aeiouy]", run, re.IGNORECASE))
    return 0.2 <= vowels / len(run) <= 0.7 and not re.search(r"(?i)[^aeiouy]{4}", run)


def entropy(value: str) -> float:
    """Shannon entropy, in bits per character."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


def _sort(sign: str) -> int:
    return 0 if sign.isdigit() else 1 if sign.islower() else 2


def _looks_made(value: str) -> bool:
    """A password that a person chose: at least six characters, letters with digits or others."""
    if len(value) < 6 or not re.search(r"[A-Za-z]", value):
        return False
    if re.fullmatch(r"[a-z_.]+\d?|[A-Z_.]+\d?", value) or PurePosixPath(value).suffix == ".py":
        return False  # a name: of a field, a module, a file
    return bool(re.search(r"\d", value) or re.search(r"[^\w.\-:/ ]", value))
