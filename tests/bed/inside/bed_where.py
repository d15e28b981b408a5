"""On the VM: where the newest run stands, as its journal says."""

import json
import os

#: Where it is told, and where it is written down, what happens.
FOLDER = os.environ.get("BED_FOLDER", "/run/bed")
PLAN = f"{FOLDER}/plan.json"
#: Whatever begins something: a step, its way back, the halt after a failure.
BEGINNINGS = ("step-began", "undo-began", "step-failed")


def plan():
    """What is wanted now; None: nothing."""
    try:
        with open(PLAN, encoding="utf-8") as file:
            return json.load(file)
    except OSError:
        return None


def events(home, known=()):
    """The events of the newest run that is none of those known."""
    runs = os.path.join(home, ".deployments", "runs")
    try:
        newest = max(set(os.listdir(runs)) - set(known))
        with open(os.path.join(runs, newest, "journal.jsonl"), "rb") as file:
            lines = file.read().split(b"\n")
    except (OSError, ValueError):
        return []
    return [json.loads(line) for line in lines[:-1] if line]


def place(told, resumed):
    """(event, step) of the last beginning; of a resume: since it began."""
    found = None
    for event in told:
        if event["event"] == "resumed":
            resumed = False
            found = None
        elif event["event"] in BEGINNINGS:
            found = (event["event"], event["step"])
        elif event["event"] == "ended":
            found = None
    return None if resumed else found
