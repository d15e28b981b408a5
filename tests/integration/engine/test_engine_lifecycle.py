"""The engine's process: what it leaves alone, and what brings it back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

CACHE = Path(os.environ.get("ODOO_MTA_CACHE", "/var/cache/odoo-mta"))
RESOLV = "/etc/resolv.conf"


def engine_process() -> int:
    return int((CACHE / "run" / "engine.pid").read_text())


def kill_engine() -> int:
    """End the engine as a crash does; which process it was."""
    killed = engine_process()
    os.kill(killed, signal.SIGKILL)
    while Path(f"/proc/{killed}").exists():
        time.sleep(0.05)
    return killed


def mounts(process: int | str) -> list[str]:
    lines = Path(f"/proc/{process}/mountinfo").read_text().splitlines()
    return [line for line in lines if line.split()[4] == RESOLV]


def test_name_resolution_of_the_host_is_left_alone(settings):
    process = engine_process()
    assert any("dagger" in line for line in mounts(process)), "the engine has its own file"
    assert not any("dagger" in line for line in mounts("self"))
    assert "10.87.0.1" not in Path(RESOLV).read_text()
    namespaces = {os.readlink(f"/proc/{each}/ns/mnt") for each in (process, "self")}
    assert len(namespaces) == 2


def test_a_second_up_is_quick_and_changes_nothing(run_engine):
    first = run_engine("up")  # makes room if the tests before filled the cache
    assert first.returncode == 0, first.stderr
    before = engine_process(), state()
    started = time.monotonic()
    result = run_engine("up")
    assert result.returncode == 0, result.stderr
    assert time.monotonic() - started < 10
    assert "0 built now" in result.stdout
    assert (engine_process(), state()) == before


def state() -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (CACHE / "state").iterdir()}


def test_status_lists_the_processes_and_images(run_engine):
    result = run_engine("status")
    assert result.returncode == 0, result.stdout
    for word in (f"process {engine_process()}", "MiB", "odoo:19.0", "sha256:"):
        assert word in result.stdout


def test_the_cache_has_a_limit(ask):
    answer = ask("{ engine { localCache { maxUsedSpace reservedSpace } } }")
    assert answer == {
        "engine": {"localCache": {"maxUsedSpace": 36 << 30, "reservedSpace": 10 << 30}}
    }


def test_up_makes_room_on_a_full_disk_and_says_when_that_is_not_enough(run_engine, tmp_path):
    """The disk is not filled for it: `df` is one that says so. The engine is restarted."""
    df = tmp_path / "df"
    df.write_text("#!/bin/sh\nprintf '%s\\n' Avail '    4'\n")
    df.chmod(0o755)
    kill_engine()
    result = run_engine("up", path=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "4 GB of disk are free: removing what the cache can spare" in result.stdout
    assert "only 4 GB are free" in result.stderr and "down --purge" in result.stderr
    assert "prune" in (CACHE / "log" / "make-room.log").read_text()


def running(command: str) -> bool:
    """Whether a process with this command line runs anywhere on this machine."""
    return subprocess.run(["pgrep", "-xf", command], capture_output=True).returncode == 0


@pytest.fixture
def long_step(settings):
    """The command line of a process in a container that does not end by itself."""
    command = f"sleep 9{os.getpid()}"
    steps = f"withExec(args: {json.dumps(command.split())}) {{ sync }}"
    query = '{ container { from(address: "debian:trixie-slim") { %s } } }' % steps
    with subprocess.Popen(
        ["dagger", "--silent", "query", "--no-mod"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(settings),
        text=True,
        cwd="/",
    ) as client:
        assert client.stdin
        client.stdin.write(query)
        client.stdin.close()
        until = time.monotonic() + 60
        while not running(command):
            assert time.monotonic() < until and client.poll() is None
            time.sleep(0.1)
        yield command
        client.kill()


def test_a_killed_engine_comes_back_with_its_cache(run_engine, ask, long_step):
    """The random number is drawn once: its answer outlives the engine. Its containers do not."""
    step = 'withExec(args: ["sh", "-c", "od -An -N8 -tx8 /dev/urandom"]) { stdout }'
    query = '{ container { from(address: "debian:trixie-slim") { %s } } }' % (
        f'withEnvVariable(name: "TEST_RUN", value: "{os.getpid()}") {{ {step} }}'
    )
    first = ask(query)
    killed = kill_engine()
    result = run_engine("up")
    assert result.returncode == 0, result.stderr
    assert engine_process() != killed
    assert not running(long_step)
    assert ask(query) == first
