"""A run as one row."""

from __future__ import annotations

from typing import Any

from pipeline.environment.runs.run_history import Past


def row(past: Past) -> dict[str, Any]:
    """A run as one row."""
    began = past.story.began
    request, owner = began.get("request", {}), began.get("owner", {})
    return {
        "number": past.number,
        "name": past.name,
        "id": past.id,
        "kind": past.kind,
        "version": request.get("version", ""),
        "image": request.get("image", ""),
        "untested": bool(request.get("untested")),
        "by": f"{owner.get('user', '?')}@{owner.get('host', '?')}",
        "began": began.get("time", ""),
        "seconds": round(max(0.0, past.story.last - began.get("at", past.story.last)), 1),
        "outcome": "running" if past.running else past.story.outcome,
        "steps": past.story.seconds,
        "held": sum(one["rows"] for one in past.story.facts.get("outbox", {}).get("held", ())),
        "message": (past.story.ended or past.story.stuck or {}).get("message", ""),
    }
