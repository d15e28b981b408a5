"""On the VM: where the newest run stands, as its journal says."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable
from typing import Any

#: Where it is told, and where it is written down, what happens.
FOLDER = os.environ.get("BED_FOLDER", "/run/bed")
PLAN = f"{FOLDER}/plan.json"
#: Whatever begins something: a step, its way back, the halt after a failure.
BEGINNINGS = ("step-began", "undo-began", "step-failed")

#: A line of a journal, what is wanted of a run, and the event and step where a run stands.
Event = dict[str, Any]
Plan = dict[str, Any]
Place = tuple[str, str]


def plan() -> Plan | None:
    """What is wanted now; None: nothing."""
    try:
        with open(PLAN, encoding="utf-8") as file:
            found: Plan = json.load(file)
            return found
    except OSError:
        return None


def events(home: str, known: Collection[str] = ()) -> list[Event]:
    """The events of the newest run that is none of those known."""
    runs = os.path.join(home, ".deployments", "runs")
    try:
        newest = max(set(os.listdir(runs)) - set(known))
        with open(os.path.join(runs, newest, "journal.jsonl"), "rb") as file:
            lines = file.read().split(b"\n")
    except (OSError, ValueError):
        return []
    return [json.loads(line) for line in lines[:-1] if line]


def place(told: Iterable[Event], resumed: bool) -> Place | None:
    """(event, step) of the last beginning; of a resume: since it began."""
    found: Place | None = None
    for event in told:
        if event["event"] == "resumed":
            resumed = False
            found = None
        elif event["event"] in BEGINNINGS:
            found = (event["event"], event["step"])
        elif event["event"] == "ended":
            found = None
    return None if resumed else found
