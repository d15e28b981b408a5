"""Journal events as lines for people, the same live and when attaching."""

from __future__ import annotations

import time

from pipeline.core.console import printable
from pipeline.environment.runs import journal
from pipeline.environment.runs.journal import Event
from pipeline.environment.runs.story import Story


def line(event: Event) -> str:
    """The line for an event; empty when it is only for programs."""
    text = _text(event)
    if not text:
        return ""
    clock = time.strftime("%H:%M:%S", time.gmtime(event["at"]))
    first, *more = printable(text).splitlines()
    return "\n".join([f"{clock} {first}", *(f"         {rest}" for rest in more)])


def _text(event: Event) -> str:
    kind, step = event["event"], event.get("step", "")
    if kind == journal.BEGAN:
        story = Story.of([event])
        what, by = f"{story.began.kind} {story.version}".strip(), story.began.by
        return f"{event['environment'].upper()}: {what}, by {by.user}@{by.host}"
    if kind == journal.ENDED:
        return f"ended: {event['outcome']}"
    if kind == journal.STEP_DONE:
        return f"{step}: done in {event['seconds']:.1f} s"
    return {
        journal.STEP_BEGAN: f"{step} …",
        journal.STEP_FAILED: f"{step}: FAILED: {event.get('message', '')}",
        journal.UNDO_BEGAN: f"undoing {step} …",
        journal.UNDO_DONE: f"undoing {step}: done",
        journal.UNDO_FAILED: f"undoing {step}: FAILED: {event.get('message', '')}",
        journal.RESUMED: "resumed after an interruption",
        journal.STUCK: "it can neither continue nor be undone now",
        journal.SAID: f"  {event.get('text', '')}",
    }.get(kind, "")
