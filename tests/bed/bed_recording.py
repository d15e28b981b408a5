"""What a run does at each of its places without a fault: recorded once, on the VM."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Recording:
    """What a run does at each place without a fault: programs, actions, seconds.

    A place is the event with which it begins, and the step.
    """

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    actions: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: dict[tuple[str, str], float] = field(default_factory=dict)


def recording(answer: dict[str, Any]) -> Recording:
    """What a run did, from the answer of inside/bed_strike.py."""
    found = Recording()
    found.calls.update((event, step) for event, step in (c["place"] for c in answer["calls"]))
    for key, number in answer["actions"].items():
        event, _, step = key.partition(" ")
        found.actions[event, step] = number
    beginning: tuple[str, str] | None = None
    at = 0.0
    for event in answer["events"]:
        if event["event"] in ("fact", "said"):
            continue
        if beginning:
            found.seconds[beginning] = event["at"] - at
        beginning = (event["event"], event.get("step", ""))
        at = event["at"]
    return found
