"""Values that look like secrets, made when a test runs: this repository holds none."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

import pytest


@pytest.fixture
def made() -> Callable[[int], str]:
    """Random letters and digits of a length; each call of a test gives other ones."""
    source = random.Random(7)
    alphabet = string.ascii_letters + string.digits

    def make(length: int) -> str:
        return "".join(source.choice(alphabet) for _ in range(length - 1)) + "7"

    return make
