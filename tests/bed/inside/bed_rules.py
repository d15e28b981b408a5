"""Which call of Docker this is at its place, and what is wanted of it: for program and socket."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Sequence

import bed_where

FAILURE = "Error response from daemon: write /var/lib/docker: no space left on device"


def wanted(plan: bed_where.Plan | None, call: Sequence[str]) -> str:
    """``fail``, ``fail-late``, ``hang``; empty: nothing. Every call of a run is written down."""
    if plan is None:
        return ""
    told = bed_where.events(plan["home"], plan["known"])
    place = bed_where.place(told, plan["resumed"])
    if place is None:
        return ""
    number = _count(place, call)
    for rule in plan["rules"]:
        if place == (rule["event"], rule["step"]) and number == rule["number"]:
            with open(f"{bed_where.FOLDER}/acted", "a") as file:
                file.write(json.dumps({"act": rule["act"], "call": call}) + "\n")
            return str(rule["act"])
    return ""


def _count(place: bed_where.Place, call: Sequence[str]) -> int:
    """Which call of the place this is, from 1 on."""
    with open(f"{bed_where.FOLDER}/calls", "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        before: int = sum(json.loads(line)["place"] == list(place) for line in file)
        file.write(json.dumps({"place": place, "call": call}) + "\n")
    return before + 1
