"""Printing the events of a run, as they come."""

from __future__ import annotations

import sys

from pipeline.environment.runs import event_lines
from pipeline.environment.runs.journal import Event


def tell(event: Event) -> None:
    """Print an event's line. The reader may be gone, which is no reason to stop."""
    if text := event_lines.line(event):
        try:
            print(text, flush=True)
        except OSError:
            sys.stdout = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115
