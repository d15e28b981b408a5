"""``pipeline history``: the runs of an environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.commands.format_option import format_option
from pipeline.commands.on_vm import (
    environment_options,
    host_of,
    print_json,
    print_table,
)
from pipeline.environment.runs import run_history
from pipeline.environment.runs.run_history import Past


@click.command()
@environment_options
@format_option
@click.option("--newest", type=int, default=20, show_default=True, help="How many; 0: all.")
def command(environment: str, source: Path | None, form: str, newest: int) -> None:
    """List deployments, backups and rollbacks, oldest first."""
    host = host_of(environment, source, checked=False)
    found = [row(past) for past in run_history.history(host.runs, newest)]
    if form == "json":
        print_json(found)
        return
    print_table(
        ("number", "what", "version", "by", "began", "took", "outcome"),
        (
            (
                one["number"],
                one["kind"],
                one["version"] or "-",
                one["by"],
                one["began"],
                f"{one['seconds']:.0f} s",
                one["outcome"],
            )
            for one in found
        ),
    )


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
