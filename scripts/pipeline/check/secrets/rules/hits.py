"""What a rule returns."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import NamedTuple


class Certainty(enum.Enum):
    """How sure a rule is that a value is a secret.

    ``SURE``: its form, or its name together with how it looks, leaves little doubt.
    ``DOUBTFUL``: it is where a secret belongs and is no placeholder, but it may be an invented one,
    as most are in tests, examples and prose, or an ordinary word.
    """

    SURE = "sure"
    DOUBTFUL = "doubtful"


class Found(NamedTuple):
    """A secret in a line: its kind, the value itself, and how sure the rule is."""

    kind: str
    secret: str
    certainty: Certainty = Certainty.SURE


@dataclass(frozen=True)
class Hit:
    """A secret in a text.

    Attributes:
        line: line in the text, from 1.
        kind: what it is, as a short stable name.
        secret: the value itself; it never leaves the process, and repr() hides it.
        certainty: how sure the rule is.
    """

    line: int
    kind: str
    secret: str = field(repr=False)
    certainty: Certainty = Certainty.SURE
