"""Journals and locks of another version of the package: read, or refused before anything."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import __version__
from pipeline.cli.output import runs
from pipeline.core.errors import NeedsResume
from pipeline.core.settings.environments import Environments, resolve
from pipeline.environment.backup.manifest import Image
from pipeline.environment.host.host import Host
from pipeline.environment.operations import start
from pipeline.environment.operations.deploy import DEPLOY, DeployRequest
from pipeline.environment.operations.start import KINDS
from pipeline.environment.operations.steps import comparison, rollback_database
from pipeline.environment.runs import journal, lock, noted, run_history
from pipeline.environment.runs.context import open_journal

IMAGE = Image("registry.test/a@sha256:1", "sha256:1", "sha256:2", "1.0", stored=True)
#: What the version before there were classes noted of a deployment until it was killed.
BEFORE: dict[str, Any] = {
    "before": asdict(IMAGE),
    "fresh": False,
    "database_size": 7,
    "image_here": True,
    "backup": "/b/m.json",
    "moment": "now",
    "after": asdict(IMAGE),
    "install": [],
    "updates": [["b", "why"]],
    "side": False,
    "series": "18.0",
    "why": "to update: b (why)",
    "ran": ["odoo"],
    "stopped": "then",
}
#: Who did it, as that version wrote it into journal and lock.
DEAD = {
    "pid": 1,
    "started": "another",
    "user": "anna",
    "host": "vm",
    "what": "deploy 1.0",
    "since": "2026-11-01T10:00:00+00:00",
}
PREPARED = {name: BEFORE[name] for name in ("before", "fresh", "database_size", "image_here")}
RESTORED = {"ran": ["odoo"], "identity": "1:2", "web": "c0ffee"}
CHOSEN = {"manifest": "/b/m.json", "version": "1.0"}
ASKED = {
    "image": IMAGE.reference,
    "version": "1.0",
    "reason": "before 1.0",
    "auto_rollback": True,
    "backup_path": "",
    "untested": False,
}
#: The same of every other kind: what was asked, and what is noted when all of its steps are done.
OTHERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "deploy": (ASKED, {**BEFORE, "identity": "1:2", "web": "c0ffee", "old": ["abc"]}),
    "backup": ({"reason": "why", "backup_path": ""}, {**PREPARED, "backup": "/b", "moment": ""}),
    "rollback": (
        CHOSEN,
        {
            **RESTORED,
            "before": asdict(IMAGE),
            "point": "",
            "size": 7,
            "after": asdict(IMAGE),
            "written": {"rows": [{"name": "t", "new": 1}], "uncounted": [], "problem": ""},
            "outbox": {"held": [{"model": "m", "verdict": "sent", "rows": 3}], "not_held": {}},
        },
    ),
    "drill": (CHOSEN, {"known": ["a"], "has_image": True, "image": asdict(IMAGE)}),
    "load-refresh": (
        {
            "dump": "/d",
            "sha256": "1",
            "expected": "i",
            "version": "1.0",
            "anonymized": True,
            "reason": "why",
        },
        {**PREPARED, **RESTORED, "backup": "/b", "moment": "now", "was_raw": False},
    ),
    "outbox": (
        {"release": True, "models": [], "verdict": "", "version": "release"},
        {"outbox": {"released": 2, "left": 0}},
    ),
}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(replace(resolve("odoo-mta", Environments(), "uat"), directory=tmp_path))


def killed(host: Host, found: dict[str, Any], asked: dict[str, Any], pipeline: str) -> None:
    """A deployment that another version of the package left while it migrated."""
    folder = run_history.create(host.runs, DEPLOY.name, "")
    diary = open_journal(host.runs, folder, lambda event: None)
    began: dict[str, Any] = {"kind": DEPLOY.name, "request": asked, "owner": DEAD}
    diary.write(journal.BEGAN, **began, pipeline=pipeline)
    for step in DEPLOY.steps:
        diary.write(journal.STEP_BEGAN, step=step.name)
        if step.name == "migrate":
            break
        diary.write(journal.STEP_DONE, step=step.name, seconds=1.0)
    diary.write(journal.FACT, facts=found)


def test_a_journal_of_the_version_before_is_readable(host: Host) -> None:
    killed(host, BEFORE, ASKED, "0.1.0")
    [past] = start.unfinished(host)
    asked = start.request_of(host, past, DEPLOY)
    assert asked == DeployRequest(**ASKED)
    assert noted.read(comparison.Compared, past.story.facts).updates == (("b", "why"),)
    shown = runs.row(past)
    assert (shown.by, shown.version, shown.image) == ("anna@vm", "1.0", IMAGE.reference)
    assert past.unfinished and past.story.owner == past.story.began.by == lock.Owner(**DEAD)


@pytest.mark.parametrize("name", KINDS)
def test_a_run_of_any_kind_that_the_version_before_left_can_be_ended(host: Host, name: str) -> None:
    kind, (asked, found) = KINDS[name], OTHERS[name]
    folder = run_history.create(host.runs, name, "")
    diary = open_journal(host.runs, folder, lambda event: None)
    began: dict[str, Any] = {"kind": name, "request": asked, "owner": DEAD}
    diary.write(journal.BEGAN, **began)
    diary.write(journal.FACT, facts=found)
    for step in kind.steps:
        diary.write(journal.STEP_BEGAN, step=step.name)
        diary.write(journal.STEP_DONE, step=step.name, seconds=1.0)
    [past] = start.unfinished(host)
    request = json.loads(json.dumps(asdict(start.request_of(host, past, kind))))
    assert {key: request[key] for key in asked} == asked
    for fact in {fact for step in kind.steps for fact in (*step.notes, *step.may_note)}:
        if noted.find(fact, found) is not None:
            written = {*asdict(noted.read(fact, found))}
            later = written - noted.needed(fact)  # what came since has a default
            assert written - later <= {*found}
    assert runs.row(past).held == (3 if name == "rollback" else 0)


def test_a_lock_of_the_version_before_is_readable(tmp_path: Path) -> None:
    (tmp_path / lock.FILE_NAME).write_text(json.dumps(DEAD), encoding="utf-8")
    assert lock.holder(tmp_path) is None
    with lock.held(tmp_path, lock.owner("deploy 2.0")) as dead:
        assert dead == lock.Owner(**DEAD)
        written = json.loads((tmp_path / lock.FILE_NAME).read_text(encoding="utf-8"))
        assert {*written} == {*DEAD}  # and that version can read what this one writes


@pytest.mark.parametrize("lost", ["database_size", "after", "series", "ran", "auto_rollback"])
def test_one_that_lacks_something_is_refused_before_anything_is_done(host: Host, lost: str) -> None:
    """There is no Docker here: whatever was asked of it would be another error."""
    found, asked = ({n: v for n, v in one.items() if n != lost} for one in (BEFORE, ASKED))
    killed(host, found, asked, "0.9.0")
    [before] = start.unfinished(host)
    with pytest.raises(NeedsResume, match=lost) as raised:
        start.resume_all(host, start.Caller())
    assert f"version {__version__} of the pipeline cannot end it" in raised.value.message
    assert "nothing was changed. End it with the version that began it, 0.9.0" in raised.value.fix
    assert start.unfinished(host) == [before]


def test_one_that_ended_is_shown_whatever_is_in_it(host: Host) -> None:
    killed(host, {"outbox": {"held": "many"}, "backup": 7}, {}, "9.9.9")
    [past] = run_history.history(host.runs)
    assert runs.row(past).held == 0
    assert rollback_database.stopped_deployment(host, "/b/m.json") == ""
