"""Labelled files, made from a seed. The repository holds the forms only, never a value."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

WORDS = (
    "sunflower bicycle harbour lantern walnut tractor meadow copper violin glacier orchard "
    "pepper falcon marble thunder saddle cinnamon anchor breeze pumpkin"
).split()


@dataclass(frozen=True)
class Label:
    """A true secret: its lines in the file (from 1, both included) and its kind."""

    first: int
    last: int
    kind: str


@dataclass
class Sample:
    """One file of the set: its lines and which of them hold secrets or tempting negatives."""

    path: str
    lines: list[str] = field(default_factory=list)
    secrets: list[Label] = field(default_factory=list)
    negatives: list[Label] = field(default_factory=list)

    def text(self, block: str) -> Sample:
        """Add lines that nobody would take for a secret."""
        self.lines += block.split("\n")
        return self

    def secret(self, kind: str, block: str) -> Sample:
        """Add lines that hold one true secret."""
        self.secrets.append(self._add(kind, block))
        return self

    def negative(self, kind: str, block: str) -> Sample:
        """Add lines of which each one tempts a scanner, and none is a secret."""
        for line in block.split("\n"):
            self.negatives.append(self._add(kind, line))
        return self

    def _add(self, kind: str, block: str) -> Label:
        first = len(self.lines) + 1
        self.text(block)
        return Label(first, len(self.lines), kind)


class Maker:
    """Random values in the forms that real secrets have.

    Args:
        seed: start of the random numbers; the same seed gives the same values.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chars(self, alphabet: str, length: int) -> str:
        return "".join(self.random.choice(alphabet) for _ in range(length))

    def alnum(self, length: int) -> str:
        return self.chars(string.ascii_letters + string.digits, length)

    def lower(self, length: int) -> str:
        return self.chars(string.ascii_lowercase + string.digits, length)

    def upper(self, length: int) -> str:
        return self.chars(string.ascii_uppercase + string.digits, length)

    def digits(self, length: int) -> str:
        return self.chars(string.digits, length)

    def hexa(self, length: int) -> str:
        return self.chars("0123456789abcdef", length)

    def base64(self, size: int) -> str:
        return base64.b64encode(self.random.randbytes(size)).decode()

    def urlsafe(self, length: int) -> str:
        return self.chars(string.ascii_letters + string.digits + "-_", length)

    def word(self) -> str:
        return self.random.choice(WORDS)

    def human(self) -> str:
        """A password as people make them."""
        word = self.word()
        return self.pick(
            f"{word.capitalize()}{self.digits(4)}!",
            f"{word}-{self.word()}-{self.digits(2)}",
            f"{word[:3]}{self.pick('$', '#', '%')}{self.alnum(7)}{self.digits(1)}",
            f"{word.capitalize()}_{self.word()}{self.digits(3)}",
        )

    def generated(self) -> str:
        """A password as a manager makes them."""
        return self.alnum(self.random.randint(14, 24)) + self.digits(1)

    def uuid(self) -> str:
        return "-".join(self.hexa(size) for size in (8, 4, 4, 4, 12))

    def pem(self, kind: str, rows: int = 14) -> str:
        dashes = "-" * 5
        body = "\n".join(self.base64(48) for _ in range(rows))
        return f"{dashes}BEGIN {kind}{dashes}\nMIIE{body[4:]}\n{dashes}END {kind}{dashes}"

    def encoded(self, text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    def jwt(self) -> str:
        def part(data: dict[str, object]) -> str:
            return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

        head = part({"alg": "HS256", "typ": "JWT"})
        body = part({"sub": self.digits(10), "name": self.word(), "iat": 1516239022})
        return f"{head}.{body}.{self.urlsafe(43)}"


Form = Callable[[Maker, str], Iterable[Sample]]


def make(forms: Iterable[Form], seed: int, rounds: int) -> list[Sample]:
    """Make every form ``rounds`` times, each time with other values and in other folders."""
    maker = Maker(seed)
    return [
        sample
        for number in range(1, rounds + 1)
        for form in forms
        for sample in form(maker, f"{form.__module__}_{number}")
    ]


def write(samples: Iterable[Sample], directory: Path) -> None:
    """Write the files below a directory, each with a closing line end."""
    for sample in samples:
        path = directory / sample.path
        if path.exists():
            raise ValueError(f"two samples are named {sample.path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(sample.lines) + "\n", encoding="utf-8")
