"""Which jobs a VM keeps, and what who follows one sees of it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import threading
from dataclasses import asdict
from pathlib import Path

import pytest

from pipeline.core.errors import InputError, Killed
from pipeline.core.process import liveness
from pipeline.remote import detached
from pipeline.remote.detached import Job


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "odoo-pipeline"


def job(jobs: Path, name: str, age: int, code: int | None = 0) -> Job:
    """A job as it is left: how long ago it printed last, and its exit code."""
    folder = jobs / name
    folder.mkdir(parents=True)
    (folder / "output").write_text("printed\n")
    (folder / "worker.json").write_text('{"pid": 1, "started": "before this boot"}')
    if code is not None:
        (folder / "exit").write_text(str(code))
    os.utime(folder / "output", (10**9 - age, 10**9 - age))
    return Job(folder)


def names(jobs: Path) -> set[str]:
    return {path.name for path in jobs.iterdir()}


def test_the_oldest_go_but_not_those_that_run_or_are_followed(jobs: Path) -> None:
    for number in range(6):
        job(jobs, f"new-{number}", number)
    runs, followed = job(jobs, "runs", 100, None), job(jobs, "followed", 101)
    job(jobs, "died", 102, None)
    job(jobs, "ended", 103)
    (jobs / "about-to-begin").mkdir()
    worker = runs.folder / "worker.json"
    worker.write_text(json.dumps(asdict(liveness.this())))
    with followed.output.open("rb") as output:
        fcntl.flock(output, fcntl.LOCK_SH)
        detached._forget(5)
        kept = {"runs", "followed", "about-to-begin"}
        assert names(jobs) == {*(f"new-{number}" for number in range(5)), *kept}
    worker.write_text(json.dumps({**asdict(liveness.this()), "started": "another process"}))
    detached._forget(5)
    assert names(jobs) == {*(f"new-{number}" for number in range(5)), "about-to-begin"}


def test_a_job_that_is_removed_before_its_lock_is_taken_is_gone_and_not_killed(
    jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job(jobs, "old", 1)
    take = fcntl.flock

    def late(file: object, kind: int) -> None:
        shutil.rmtree(jobs / "old", ignore_errors=True)
        take(file, kind)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(InputError, match="the job old no longer exists"):
        detached.follow(Job(jobs / "old"), 0, print)


def test_several_clean_up_while_others_follow(jobs: Path) -> None:
    """Nobody of them fails, and who follows sees all of it."""
    for number in range(40):
        job(jobs, f"j{number}", number)
    seen: list[bytes] = []
    errors: list[BaseException] = []

    def forget() -> None:
        try:
            detached._forget(1)
        except BaseException as error:
            errors.append(error)

    def follow(number: int) -> None:
        try:
            assert detached.follow(Job(jobs / f"j{number}"), 0, seen.append) == 0
        except InputError:
            seen.append(b"it is gone")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=forget) for _ in range(4)]
    threads += [threading.Thread(target=follow, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(seen) == 40


def test_a_job_that_is_gone_is_one_error(jobs: Path) -> None:
    there, _ = job(jobs, "a", 2), job(jobs, "b", 1)
    detached._forget(1)
    with pytest.raises(InputError, match="the job a no longer exists"):
        detached.follow(there, 0, lambda data: None)
    with pytest.raises(InputError, match="there is no job a"):
        detached.find("a")
    assert detached.find("").id == "b"


def test_a_dead_job_is_reported(jobs: Path) -> None:
    with pytest.raises(Killed, match="died with its worker"):
        detached.follow(job(jobs, "a", 1, None), 0, lambda data: None)


def test_a_job_whose_worker_is_just_being_started_is_waited_for(jobs: Path) -> None:
    started = job(jobs, "a", 1, None)
    worker, heard = started.folder / "worker.json", threading.Event()
    worker.unlink()
    os.utime(started.output)
    said: list[bytes] = []

    def write(data: bytes) -> None:
        said.append(data)
        heard.set()

    def begin() -> None:
        heard.wait(10)
        (started.folder / "exit").write_text("3")

    thread = threading.Thread(target=begin)
    thread.start()
    assert detached.follow(started, 0, write) == 3
    thread.join()
    assert b"".join(said) == b"printed\n"


def test_a_job_whose_worker_never_began_has_died(jobs: Path) -> None:
    started = job(jobs, "a", 1, None)
    (started.folder / "worker.json").unlink()
    with pytest.raises(Killed, match="died with its worker"):
        detached.follow(started, 0, lambda data: None)
    started.output.unlink()
    assert not started.alive
