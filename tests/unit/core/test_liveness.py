"""Whether a process that was written down still runs."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from pipeline.core.process import liveness
from pipeline.core.process.liveness import KnownProcess


def test_this_process_also_after_it_was_written_down() -> None:
    who = liveness.read(KnownProcess, json.loads(json.dumps(asdict(liveness.this()))))
    assert liveness.alive(who) and liveness.same(who)


def test_another_one_until_it_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        who = KnownProcess(other.pid, liveness.started(other.pid))
        assert liveness.alive(who) and not liveness.same(who)
        other.kill()
        other.wait()
    assert not liveness.alive(who)


def test_one_that_ended_and_that_nobody_waited_for() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        who = KnownProcess(other.pid, liveness.started(other.pid))
        assert other.stdin is not None
        other.stdin.close()
        for _ in range(1000):
            if not liveness.alive(who):
                break
        else:
            other.wait(timeout=10)
            assert not liveness.alive(who)


@pytest.mark.parametrize("changed", [{"started": ""}, {"started": "another boot:1"}, {"pid": 0}])
def test_a_number_alone_is_not_enough(changed) -> None:
    assert not liveness.alive(replace(liveness.this(), **changed))


@pytest.mark.parametrize("written", [None, [], {}, {"pid": "1"}, {"pid": 1, "started": None}])
def test_what_was_not_written_down_well_is_nobody(written: object) -> None:
    who = liveness.read(KnownProcess, written)
    assert not liveness.alive(who) and not liveness.same(who)
