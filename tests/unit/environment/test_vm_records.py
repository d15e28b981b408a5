"""Journal, lock, runs, `.env`: what is written down, and what is read after an interruption."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from dataclasses import asdict

import pytest

from pipeline.core import files
from pipeline.core.errors import InputError, Locked, ToolError
from pipeline.core.process import liveness
from pipeline.environment.host import dotenv
from pipeline.environment.runs import event_lines, journal, lock, run_history
from pipeline.environment.runs.context import drop_ballast, load_ballast, open_journal
from pipeline.environment.runs.journal import Journal
from pipeline.environment.runs.story import Story


def test_a_journal_tells_what_was_written(tmp_path):
    heard = []
    diary = Journal(tmp_path / "journal.jsonl", heard.append)
    diary.write(journal.BEGAN, kind="deploy", environment="uat", request={"version": "1"}, owner={})
    diary.write(journal.STEP_BEGAN, step="backup")
    diary.write(journal.FACT, facts={"a": 1})
    diary.write(journal.STEP_DONE, step="backup", seconds=1.5)
    diary.write(journal.STEP_BEGAN, step="stop")
    diary.write(journal.STEP_FAILED, step="stop", message="it broke", fix="fix it")
    diary.write(journal.FACT, facts={"a": 2})
    told = Story.of(diary.events())
    assert (told.begun, told.done, told.seconds) == (
        ("backup", "stop"),
        ("backup",),
        {"backup": 1.5},
    )
    assert told.facts == {"a": 2} and told.failure == "it broke" and told.outcome == "unfinished"
    diary.write(journal.UNDO_DONE, step="backup")
    assert Story.of(diary.events()).undone == ("backup",) and Story.of(diary.events()).done == ()
    diary.write(journal.ENDED, outcome="rolled-back", exit=12, message="m", fix="f")
    assert Story.of(diary.events()).outcome == "rolled-back"
    assert [event["event"] for event in heard][0] == journal.BEGAN
    assert [line for line in map(event_lines.line, heard) if line][-1].endswith(
        "ended: rolled-back"
    )


def test_a_truncated_line_does_not_count(tmp_path):
    path = tmp_path / "journal.jsonl"
    Journal(path).write(journal.STEP_BEGAN, step="backup")
    with path.open("ab") as file:
        file.write(b'{"event": "step-done", "at": 1, "st')
    diary = Journal(path)
    assert Story.of(diary.events()).done == ()
    diary.write(journal.STEP_DONE, step="backup", seconds=0)
    assert Story.of(diary.events()).done == ("backup",)
    assert len(journal.read(path)) == 2


def test_a_full_disk_uses_the_reserved_space(tmp_path, monkeypatch):
    load_ballast(tmp_path)
    assert (tmp_path / "ballast").stat().st_size == 32 << 20
    (tmp_path / "run").mkdir()
    diary = open_journal(tmp_path, tmp_path / "run", lambda event: None)
    write, full = os.write, [True, True]

    def fails(descriptor, data):
        if full[0] and (tmp_path / "ballast").exists():
            raise OSError(28, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", fails)
    diary.write(journal.SAID, text="it is written")
    assert not (tmp_path / "ballast").exists()
    assert [event["text"] for event in journal.read(diary.path)] == ["it is written"]
    load_ballast(tmp_path)
    drop_ballast(tmp_path)
    assert not (tmp_path / "ballast").exists()


def test_no_space_for_the_ballast_is_an_error_that_leaves_nothing(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(ToolError, match="there is no space"):
        load_ballast(tmp_path)
    assert list(tmp_path.iterdir()) == []


def _hold(folder, ready):
    with lock.held(folder, lock.owner("deploy v1")):
        ready.set()
        time.sleep(60)


@pytest.fixture
def other(tmp_path):
    """Another process that holds the lock."""
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_hold, args=(tmp_path, ready))
    process.start()
    assert ready.wait(30)
    yield process
    process.kill()
    process.join()


def test_the_loser_learns_who_has_the_lock(tmp_path, other):
    with pytest.raises(Locked) as error, lock.held(tmp_path, lock.owner("deploy v2")):
        pytest.fail("it has the lock as well")
    assert "has been running `deploy v1` here since 20" in str(error.value)
    assert f"process {other.pid}" in str(error.value)
    holder = lock.holder(tmp_path)
    assert holder and holder.pid == other.pid and liveness.alive(holder)


def test_a_dead_owner_has_no_lock(tmp_path, other):
    os.kill(other.pid, signal.SIGKILL)
    other.join()
    assert lock.holder(tmp_path) is None
    with lock.held(tmp_path, lock.owner("deploy v2")) as dead:
        assert dead and dead.pid == other.pid and not liveness.alive(dead)
        assert lock.holder(tmp_path).what == "deploy v2"
    with lock.held(tmp_path, lock.owner("deploy v3")) as dead:
        assert dead is None


def test_waiting_for_the_lock(tmp_path, other):
    clock = time.monotonic()
    with pytest.raises(Locked), lock.held(tmp_path, lock.owner("x"), wait=1.0):
        pytest.fail("it has the lock as well")
    assert time.monotonic() - clock >= 1.0


def test_runs_are_numbered_and_found(tmp_path):
    first = run_history.create(tmp_path, "deploy", "one")
    second = run_history.create(tmp_path, "backup")
    assert first.name == "000001-deploy-one" and second.name.startswith("000002-backup-")
    Journal(first / journal.FILE_NAME).write(
        journal.BEGAN, kind="deploy", environment="uat", request={}, owner=asdict(lock.owner("x"))
    )
    assert (
        run_history.find(tmp_path, "one").folder == run_history.find(tmp_path, "1").folder == first
    )
    assert (
        run_history.find(tmp_path, "").number == 2 and run_history.find(tmp_path, "nobody") is None
    )
    assert [past.number for past in run_history.history(tmp_path)] == [1, 2]
    assert run_history.find(tmp_path, "one").running and run_history.find(tmp_path, "2").unfinished
    with pytest.raises(InputError, match="there was a run one"):
        run_history.create(tmp_path, "deploy", "one")
    for name in ("../x", "-rf", "a b", "a" * 65):
        with pytest.raises(InputError, match="not a valid run ID"):
            run_history.create(tmp_path, "deploy", name)


def test_dotenv_keeps_what_it_does_not_change(tmp_path):
    path = tmp_path / ".env"
    path.write_text("# comment\nA=1\nexport B = 'two words'\n\nC=3 # note\n")
    path.chmod(0o640)
    assert dotenv.read(path) == {"A": "1", "B": "two words", "C": "3"}
    dotenv.update(path, {"A": "x", "NEW": "y"})
    assert path.read_text() == "# comment\nA=x\nexport B = 'two words'\n\nC=3 # note\nNEW=y\n"
    assert path.stat().st_mode & 0o777 == 0o640
    with pytest.raises(InputError, match="cannot be read"):
        dotenv.read(tmp_path / "nowhere")


def test_files_are_complete_or_absent(tmp_path, monkeypatch):
    path = tmp_path / "file"
    files.write(path, "old")

    def fails(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="No space"):
        files.write(path, "new")
    assert path.read_text() == "old"


def test_every_event_has_a_line_but_facts():
    events = {
        journal.BEGAN: {
            "kind": "deploy",
            "environment": "uat",
            "request": {"version": "1"},
            "owner": {"user": "anna", "host": "vm"},
        },
        journal.STEP_BEGAN: {"step": "stop"},
        journal.STEP_DONE: {"step": "stop", "seconds": 1.25},
        journal.STEP_FAILED: {"step": "stop", "message": "one\ntwo"},
        journal.SAID: {"text": "\x1b[31mred"},
        journal.RESUMED: {},
        journal.STUCK: {},
        journal.FACT: {"facts": {"password": 1}},
    }
    lines = {
        kind: event_lines.line(json.loads(json.dumps({"event": kind, "at": 0, **data})))
        for kind, data in events.items()
    }
    assert lines[journal.BEGAN] == "00:00:00 UAT: deploy 1, by anna@vm"
    assert lines[journal.STEP_DONE] == "00:00:00 stop: done in 1.2 s"
    assert lines[journal.STEP_FAILED] == "00:00:00 stop: FAILED: one\n         two"
    assert lines[journal.SAID] == "00:00:00   red"
    assert lines[journal.FACT] == ""


def test_a_run_s_kind_is_what_its_journal_says(tmp_path):
    """Kinds and ids have hyphens: the folder's name alone does not tell where one ends."""
    began = {"environment": "uat", "request": {}, "owner": asdict(lock.owner("x"))}
    names = (("load-refresh", "one-two"), ("load", "refresh-one"), ("backup", "a.b_c-d"))
    for kind, identity in names:
        folder = run_history.create(tmp_path, kind, identity)
        Journal(folder / journal.FILE_NAME).write(journal.BEGAN, kind=kind, **began)
    for number, (kind, identity) in enumerate(names, 1):
        for wanted in (identity, str(number), f"{number:06}", f"{number:06}-{kind}-{identity}"):
            past = run_history.find(tmp_path, wanted)
            assert (past.kind, past.id) == (kind, identity)
        with pytest.raises(InputError, match=f"there was a run {identity} before"):
            run_history.create(tmp_path, "deploy", identity)
    run_history.create(tmp_path, "deploy", "two")  # the end of another one's id
    assert run_history.find(tmp_path, "4").kind == ""  # it died before its journal began


def test_what_is_done_again_may_be_undone_again(tmp_path):
    diary = Journal(tmp_path / "journal.jsonl")
    for event in (journal.STEP_BEGAN, journal.UNDO_DONE, journal.STEP_BEGAN):
        diary.write(event, step="stop")
    assert Story.of(diary.events()).begun == ("stop",) and Story.of(diary.events()).undone == ()
