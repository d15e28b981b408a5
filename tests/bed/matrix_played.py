"""The product performs its kinds of run with steps that do nothing: which ways back there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.core.errors import PipelineError
from pipeline.core.process import Completed
from pipeline.core.settings.environments import UAT, Environments, EnvironmentSettings, resolve
from pipeline.environment.host.host import Host
from pipeline.environment.operations.deploy import DeployRequest
from pipeline.environment.runs import journal
from pipeline.environment.runs.context import RunContext
from pipeline.environment.runs.journal import Journal
from pipeline.environment.runs.noted import Fact, Request
from pipeline.environment.runs.runner import Kind


class _Host(Host):
    """A machine on which every program does nothing."""

    def run(self, argv: Any, **options: Any) -> Completed:
        return Completed(tuple(argv), 0, "", "")

    @property
    def dotenv(self) -> dict[str, str]:
        return {}


class Memory(Journal):
    """A journal that is on no disk."""

    unwritten = ""

    def __init__(self) -> None:
        self.written: list[journal.Event] = []

    def in_memory_if_need_be(self) -> None:
        """It always is."""

    def write(self, kind: str, /, **data: Any) -> None:
        self.written.append({"event": kind, "at": 0.0, **data})

    def events(self) -> list[journal.Event]:
        return self.written


@dataclass
class Played(RunContext):
    """A run of which nothing happens but its journal."""

    journal: Memory

    def sweep(self) -> None:
        """Nothing is left behind."""


def played(
    request: Request,
    facts: Sequence[Fact],
    environment: str,
    kind: Kind,
    fails: str = "",
) -> tuple[Played, Kind]:
    """A run that has begun, and its kind with steps that do nothing; one of them fails."""

    def fail(run: RunContext) -> None:
        raise PipelineError("it fails", "")

    steps = tuple(
        replace(
            step,
            do=fail if step.name == fails else _nothing,
            undo=None if step.undo is None else _nothing,
        )
        for step in kind.steps
    )
    nowhere = EnvironmentSettings(directory="/nowhere/home", backups="/nowhere/backups")
    place = resolve("odoo-mta", Environments(**{environment: nowhere}), environment)
    if isinstance(request, DeployRequest):
        request = replace(request, auto_rollback=environment == UAT)
    run = Played(_Host(place), Path(f"/nowhere/000001-{kind.name}-play"), Memory(), request)
    run.journal.write(journal.BEGAN, kind=kind.name, request=asdict(request), owner={})
    run.note(*facts)
    return run, replace(kind, steps=steps, park=lambda run: "a person decides", after=_nothing)


def _nothing(run: RunContext) -> None:
    """What a step does that is played."""
