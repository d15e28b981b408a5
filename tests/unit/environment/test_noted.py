"""Facts and requests: out of a journal as they went in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from pipeline.core.errors import ToolError
from pipeline.environment.backup.manifest import Image
from pipeline.environment.odoo.row_changes import RowChanges, Written
from pipeline.environment.operations import drill, outbox, refresh, rollback
from pipeline.environment.operations.deploy import DeployRequest
from pipeline.environment.operations.start import KINDS
from pipeline.environment.operations.steps import (
    chosen_backup,
    comparison,
    facts,
    preparation,
    rollback_database,
)
from pipeline.environment.outbox import holding
from pipeline.environment.runs import noted
from pipeline.environment.runs.noted import Fact, Request

IMAGE = Image("registry.test/a@sha256:1", "sha256:1", "sha256:2", "1.0", stored=True)
#: One of each, every field with a value of its own.
FACTS: tuple[Fact, ...] = (
    facts.Before(IMAGE),
    facts.Checked(IMAGE, fresh=True, database_size=7, image_here=False),
    facts.BackedUp("/b/m.json", moment="now"),
    facts.ToRun(IMAGE),
    facts.Ran(("web", "cron")),
    facts.Identity("1:2"),
    facts.Started("c0ffee"),
    comparison.Compared(("a",), (("b", "why"), ("c", "too")), True, "18.0", "words"),
    facts.OdooStopped("then"),
    facts.OldContainers(("c0ffee",)),
    rollback_database.Point("a-point", size=7),
    rollback.WrittenSince(
        Written([RowChanges("mails", 2, 3, serious=True)], ["big"], "psql broke")
    ),
    rollback.HeldBack(holding.Outbox((holding.Count("mail.mail", "sent", 3),), {"sms.sms": 1})),
    refresh.WasRaw(True),
    drill.KnownNames(("a", "b"), has_image=True),
    drill.Tried(IMAGE),
    outbox.Decided({"released": 2}),
)
REQUESTS: tuple[Request, ...] = (
    preparation.PreparedRequest(reason="why", backup_path="/b", image="i", version="v"),
    DeployRequest(image="i", version="v", reason="why", auto_rollback=True, untested=True),
    chosen_backup.ChosenBackup(manifest="/b/m.json", version="v"),
    refresh.RefreshRequest(dump="/d", sha256="1", expected="i", anonymized=False, reason="why"),
    outbox.OutboxRequest(release=True, models=("mail.mail",), verdict="sent"),
)


def every(kind: type[Any]) -> Iterator[type[Any]]:
    """The classes that are made of it."""
    for one in kind.__subclasses__():
        yield one
        yield from every(one)


def of_the_product(kind: type[Any]) -> set[type[Any]]:
    return {one for one in every(kind) if one.__module__.startswith("pipeline.")}


@pytest.mark.parametrize("one", [*FACTS, *REQUESTS], ids=lambda one: type(one).__name__)
def test_it_is_read_from_the_journal_as_it_was_written(one: Any) -> None:
    written = json.loads(json.dumps(asdict(one)))
    assert noted.read(type(one), {**written, "of_a_later_version": 1}) == one


def test_every_fact_is_tested_and_no_two_share_a_name() -> None:
    assert {type(one) for one in FACTS} == of_the_product(Fact)
    assert {type(one) for one in REQUESTS} == of_the_product(Request)
    names = Counter(name for kind in of_the_product(Fact) for name in kind.__annotations__)
    assert [name for name, number in names.items() if number > 1] == []
    assert all(noted.needed(kind) for kind in of_the_product(Fact))  # or nobody sees it is there


def test_every_fact_is_at_the_step_that_notes_it() -> None:
    """So that a resume can tell a journal that it cannot read before it does anything."""
    announced = {
        fact
        for kind in KINDS.values()
        for step in kind.steps
        for fact in (*step.notes, *step.may_note)
    }
    assert announced == of_the_product(Fact)


def test_a_partial_fact_is_not_a_missing_fact() -> None:
    assert noted.find(facts.Checked, {"backup": "/b/m.json"}) is None
    with pytest.raises(ToolError, match="of Checked cannot be read.*database_size"):
        noted.find(facts.Checked, {"before": asdict(IMAGE), "fresh": False})
    with pytest.raises(ToolError, match="of BackedUp cannot be read"):
        noted.read(facts.BackedUp, {"backup": 7})
    assert noted.elsewhere(facts.BackedUp, {"backup": 7}) is None
