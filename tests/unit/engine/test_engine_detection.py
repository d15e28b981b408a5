"""Which Dagger is used, and what is said where none can be built."""

from __future__ import annotations

import pytest

HOW_ELSE = ("https://docs.dagger.io/install", "_EXPERIMENTAL_DAGGER_RUNNER_HOST")


def test_dagger_with_docker_is_used_as_it_is(machine):
    machine.stub("dagger", "exit 0")
    machine.stub("docker", '[ "$1" = info ]')
    result = machine.engine("up")
    assert result.returncode == 0, result.stderr
    assert "Nothing to build" in result.stdout
    assert "with Docker" in result.stdout
    assert list(machine.cache.iterdir()) == []


def test_dagger_with_an_engine_elsewhere_is_used_as_it_is(machine):
    machine.stub("dagger", "exit 0")
    result = machine.engine("up", _EXPERIMENTAL_DAGGER_RUNNER_HOST="tcp://build:1234")
    assert result.returncode == 0, result.stderr
    assert "tcp://build:1234" in result.stdout


def test_no_settings_are_needed_for_a_dagger_that_works(machine):
    machine.stub("dagger", "exit 0")
    machine.stub("docker", "exit 0")
    result = machine.engine("env")
    assert (result.returncode, result.stdout) == (0, "")


def test_docker_that_does_not_answer_is_not_a_usable_dagger(machine):
    machine.stub("dagger", "exit 0")
    machine.stub("docker", "exit 1")
    assert machine.bash("usable_dagger").returncode == 1


def test_docker_without_a_registry_can_be_overridden(machine):
    machine.stub("dagger", "exit 0")
    machine.stub("docker", "exit 0")
    assert machine.bash("usable_dagger", ODOO_MTA_ENGINE="own").returncode == 1


def test_our_own_dagger_is_not_taken_for_somebody_elses(machine):
    (machine.cache / "bin").mkdir()
    own = machine.stub("dagger", "exit 0").rename(machine.cache / "bin" / "dagger")
    (machine.bin / "dagger").symlink_to(own)
    machine.stub("docker", "exit 0")
    assert machine.bash("usable_dagger").returncode == 1


def test_our_own_engine_is_not_taken_for_somebody_elses(machine):
    machine.stub("dagger", "exit 0")
    result = machine.bash(
        "usable_dagger", _EXPERIMENTAL_DAGGER_RUNNER_HOST="unix:///run/dagger/engine.sock"
    )
    assert result.returncode == 1


def test_settings_name_the_engine_and_its_command(machine):
    result = machine.engine("env")
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        f'export PATH="{machine.cache}/bin:$PATH"',
        "export _EXPERIMENTAL_DAGGER_RUNNER_HOST=unix:///run/dagger/engine.sock",
        "export DAGGER_NO_NAG=1",
        "export DO_NOT_TRACK=1",
    ]


def up_fails(machine) -> str:
    result = machine.engine("up")
    assert result.returncode == 1
    assert result.stdout == ""
    for other_way in HOW_ELSE:
        assert other_way in result.stderr
    return result.stderr


def test_only_root_can_build(machine):
    assert "root (this is user somebody" in up_fails(machine)


def test_only_linux_with_apt_can_build(machine):
    machine.stub("id", "echo 0")
    machine.stub("uname", '[ "$1" = -m ] && echo arm64 || echo Darwin')
    machine.without("apt-get")
    message = up_fails(machine)
    assert "Linux (this is Darwin)" in message
    assert "apt" in message
    assert "processor" not in message


def test_an_unknown_processor_is_named(machine):
    machine.stub("id", "echo 0")
    machine.stub("uname", '[ "$1" = -m ] && echo riscv64 || echo Linux')
    assert "riscv64" in up_fails(machine)


def test_an_old_go_is_named(machine):
    machine.stub("id", "echo 0")
    machine.stub("go", "echo go1.19.8")
    assert "Go 1.24.4 or newer (this is 1.19.8)" in up_fails(machine)


def test_a_missing_go_is_not_an_obstacle_yet(machine):
    machine.stub("id", "echo 0")
    machine.without("go")
    result = machine.bash("missing_requirements")
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize(
    ("version", "minimum", "enough"),
    [
        ("1.24.4", "1.24.4", True),
        ("1.26", "1.24.4", True),
        ("1.24.10", "1.24.4", True),
        ("1.24.3", "1.24.4", False),
        ("1.9", "1.24.4", False),
    ],
)
def test_versions_are_compared_as_numbers(machine, version, minimum, enough):
    result = machine.bash(f"version_at_least {version} {minimum}")
    assert (result.returncode == 0) is enough


def test_an_unknown_command_shows_the_usage(machine):
    result = machine.engine("sideways")
    assert result.returncode == 64
    assert "Usage:" in result.stderr
