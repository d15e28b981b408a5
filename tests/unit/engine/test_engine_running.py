"""Logs, locks and files of scripts/engine."""

from __future__ import annotations

import subprocess
import time

import pytest


def test_a_failure_shows_the_end_of_its_log_and_how_to_go_on(machine):
    machine.stub("broken", "for i in {1..50}; do echo line $i; done; exit 3")
    result = machine.bash("logged thing broken")
    assert result.returncode == 3
    assert "line 50" in result.stderr
    assert "line 20\n" not in result.stderr
    assert f"{machine.cache}/log/thing.log" in result.stderr
    assert "run `scripts/engine/engine up` again" in result.stderr


def test_what_a_phase_prints_stays_in_its_log(machine):
    machine.stub("chatty", "echo hello")
    result = machine.bash("logged thing chatty")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert "hello" in (machine.cache / "log" / "thing.log").read_text()


def test_phases_are_numbered_named_and_timed(machine):
    result = machine.bash("PHASES=2; phase 'base images'; phase_done 'odoo:19.0'; phase x")
    assert result.stdout == "[1/2] base images: odoo:19.0 (0 s)\n"


def test_a_file_is_replaced_as_a_whole(machine, tmp_path):
    target = tmp_path / "new" / "file"
    assert machine.bash(f"echo content | write_file '{target}'").returncode == 0
    assert target.read_text() == "content\n"
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_a_second_run_waits_for_the_first_and_says_so(machine):
    first = subprocess.Popen(
        ["flock", str(machine.cache / "lock"), "sleep", "1"],
    )
    time.sleep(0.3)
    started = time.monotonic()
    result = machine.bash("take_lock; echo mine")
    assert first.wait() == 0
    assert "waiting for it" in result.stdout
    assert result.stdout.endswith("mine\n")
    assert time.monotonic() - started > 0.3


def test_an_interrupted_run_ends_what_it_started(machine, tmp_path):
    marker, ready = tmp_path / "ended", tmp_path / "ready"
    machine.stub("slow", f"trap 'echo yes > {marker}; exit' TERM; : > {ready}; sleep 30 & wait")
    waiting = f"until [ -e {ready} ]; do sleep 0.1; done"
    script = f"end_children_on_exit; (logged slow slow) & {waiting}; kill -TERM $$; wait"
    started = time.monotonic()
    result = machine.bash(script)
    assert result.returncode == 143
    assert time.monotonic() - started < 20
    # The signal is sent to each of them; nobody waits for what it does then.
    waited = machine.bash(f"timeout 20 bash -c 'until [ -s {marker} ]; do sleep 0.1; done'")
    assert (waited.returncode, waited.stderr) == (0, "")
    assert marker.read_text() == "yes\n"


def test_a_pid_file_of_another_program_counts_as_nothing(machine):
    (machine.cache / "run").mkdir()
    (machine.cache / "run" / "engine.pid").write_text("1\n")
    assert machine.bash("pid_of engine dagger-engine").returncode == 1


@pytest.mark.parametrize(
    "seconds, words", [(5, "5 s"), (75, "1 min"), (7300, "2 h"), (200000, "2 days")]
)
def test_ages_are_rounded(machine, seconds, words):
    script = f'. "$ENGINE_DIR/lib/status.sh"; seconds_as_words {seconds}'
    assert machine.bash(script).stdout.strip() == words


def test_a_step_stops_at_its_first_failure_even_inside_a_condition(machine):
    machine.stub("umoci", "exit 4")
    result = machine.bash(
        "if logged thing assemble_sdk_content; then echo continued; fi; echo over"
    )
    assert result.stdout == "over\n"
    assert "exit status 4" in result.stderr


def test_a_failing_step_ends_the_script(machine):
    machine.stub("broken", "exit 3")
    result = machine.bash("logged thing broken; echo continued")
    assert (result.returncode, result.stdout) == (3, "")


RULES = r"""*nat
:POSTROUTING ACCEPT [0:0]
:CNI-aaaaaaaaaaaaaaaaaaaaaaaa - [0:0]
:CNI-bbbbbbbbbbbbbbbbbbbbbbbb - [0:0]
-A POSTROUTING -s 10.87.0.2/32 -m comment --comment "name: \"dagger\" id: \"x\"" -j CNI-aaaaaaaaaaaaaaaaaaaaaaaa
-A POSTROUTING -s 10.88.0.2/32 -m comment --comment "name: \"podman\" id: \"y\"" -j CNI-bbbbbbbbbbbbbbbbbbbbbbbb
-A CNI-aaaaaaaaaaaaaaaaaaaaaaaa -d 10.87.0.0/16 -j ACCEPT
-A CNI-bbbbbbbbbbbbbbbbbbbbbbbb -d 10.88.0.0/16 -j ACCEPT
COMMIT
"""  # noqa: E501


def test_only_the_engines_own_rules_are_removed(machine, tmp_path):
    (tmp_path / "rules").write_text(RULES)
    machine.stub("iptables-save", f"cat '{tmp_path}/rules'")
    machine.stub("iptables-restore", f"cat > '{tmp_path}/restored'")
    result = machine.bash("""remove_rules nat 'name: .?"dagger.?"'""")
    assert result.returncode == 0, result.stderr
    kept = [line for line in RULES.splitlines() if "10.87" not in line and "CNI-a" not in line]
    assert (tmp_path / "restored").read_text().splitlines() == kept


@pytest.mark.parametrize(
    ("size", "used", "done"),
    [
        *(("22", "false", []), ("", "false", []), ("30", "true", [])),
        ("23", "false", ["restart 14", "collect", "restart 36"]),
    ],
    ids=["enough room", "no answer", "somebody's session", "too little room"],
)
def test_room_for_a_run_is_made_before_it_and_never_under_a_session(machine, size, used, done):
    script = f"""
    cache_size() {{ echo "{size}"; }}
    engine_is_used() {{ {used}; }}
    restart_engine() {{ echo "restart $1"; }}
    logged() {{ echo collect; }}
    phase_says() {{ :; }}
    free_disk() {{ echo 99; }}
    make_room
    """
    result = machine.bash(script)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == done


def test_an_engine_that_was_left_with_a_small_cache_is_not_the_right_one(machine):
    """As after an interruption while room was made: the next `up` starts it again."""
    script = "engine_key 14 | grep -vqxF $(engine_key) && [ $(engine_key) = $(engine_key 36) ]"
    assert machine.bash(script).returncode == 0
