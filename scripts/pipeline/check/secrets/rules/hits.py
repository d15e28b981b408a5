"""What a rule returns."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Hit:
    """A secret in a text.

    Attributes:
        line: line in the text, from 1.
        kind: what it is, as a short stable name.
        secret: the value itself; it never leaves the process, and repr() hides it.
    """

    line: int
    kind: str
    secret: str = field(repr=False)
