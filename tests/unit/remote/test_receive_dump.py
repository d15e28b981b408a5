"""Dumps of two clients on one VM: neither removes what the other still waits with."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

from pipeline.core.sent import script
from pipeline.environment.operations.refresh import REFRESH, RefreshRequest
from pipeline.environment.runs import journal, lock, run_history
from pipeline.remote import sent


def receive(folder: Path, name: str, content: bytes) -> str:
    command = [sys.executable, "-I", "-c", script(sent, "receive_dump"), str(folder), name]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_the_dump_of_a_client_that_waits_stays(tmp_path: Path) -> None:
    folder = tmp_path / "refresh"
    assert receive(folder, "one.dump", b"one") == hashlib.sha256(b"one").hexdigest()
    receive(folder, "two.dump", b"two")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "one.dump": b"one",
        "two.dump": b"two",
    }
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "one.dump").stat().st_mode & 0o777 == 0o600


def test_what_a_client_left_that_never_came_back_goes(tmp_path: Path) -> None:
    receive(tmp_path, "one.dump", b"one")
    yesterday = time.time() - 90000
    os.utime(tmp_path / "one.dump", (yesterday, yesterday))
    receive(tmp_path, "two.dump", b"two")
    assert [path.name for path in tmp_path.iterdir()] == ["two.dump"]


def test_a_run_removes_what_is_left_of_others_but_not_what_one_waits_with(tmp_path: Path) -> None:
    folder = tmp_path / "refresh"
    for name in ("mine", "waits", "left", "new"):
        receive(folder, f"{name}.dump", b"x")
        long_ago = time.time() - (10 if name == "new" else 7200)
        os.utime(folder / f"{name}.dump", (long_ago, long_ago))
    waiting = run_history.create(tmp_path, "load-refresh", "waiting")
    owner = asdict(lock.owner("x"))
    line = {"event": journal.BEGAN, "at": 1.0, "kind": "load-refresh", "owner": owner}
    asked = {"dump": str(folder / "waits.dump")}
    (waiting / journal.FILE_NAME).write_text(json.dumps({**line, "request": asked}) + "\n")
    host = SimpleNamespace(runs=tmp_path)
    request = RefreshRequest(dump=str(folder / "mine.dump"), sha256="", reason="")
    run = SimpleNamespace(host=host, asked=lambda kind: request, say=print)
    with lock.held(tmp_path, lock.owner("load-refresh")):
        REFRESH.after(run)
    assert sorted(path.name for path in folder.iterdir()) == ["new.dump", "waits.dump"]
