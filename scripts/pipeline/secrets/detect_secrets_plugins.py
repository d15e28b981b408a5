"""Our rules as plugins of detect-secrets, so that `detect-secrets audit` works on the baseline.

The baseline names this file. An audit asks a plugin for the secret in one line; the plugin scans
the whole file as `pipeline secrets` does, so both always agree, also where a rule needs more
than one line.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import lru_cache
from pathlib import Path
from typing import Any

from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.plugins.base import BasePlugin

from pipeline.secrets.hits import Hit
from pipeline.secrets.kinds import KINDS, class_name
from pipeline.secrets.scanner import Scanner


@lru_cache(maxsize=8)
def _hits(filename: str) -> tuple[Hit, ...]:
    return tuple(Scanner().scan(Path(filename).read_bytes(), filename))


class _FilePlugin(BasePlugin):
    def analyze_line(
        self, filename: str, line: str, line_number: int = 0, context: Any = None, **kwargs: Any
    ) -> set[PotentialSecret]:
        return {
            PotentialSecret(self.secret_type, filename, hit.secret, hit.line)
            for hit in _hits(filename)
            if hit.kind == self.secret_type and hit.line == line_number
        }

    def analyze_string(self, string: str) -> Generator[str, None, None]:
        for hit in Scanner().scan(string.encode(), "string"):
            if hit.kind == self.secret_type:
                yield hit.secret


for _kind in KINDS:
    globals()[class_name(_kind)] = type(class_name(_kind), (_FilePlugin,), {"secret_type": _kind})
