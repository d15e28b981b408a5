"""What a way out must not depend on: limits that add up, space that is really kept back, owners."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from pipeline.commands import unlock
from pipeline.environments import Environments, EnvironmentSettings, resolve
from pipeline.errors import InputError
from pipeline.vm import lock, web
from pipeline.vm.run import drop_ballast, load_ballast


def test_an_old_container_gets_its_whole_time_to_drain():
    """Also where requests may take longer than any other command of Docker."""
    settings = EnvironmentSettings(command_seconds=600, drain_seconds=900)
    limits = []

    class Host:
        environment = resolve("odoo-mta", Environments(prod=settings), "prod")

        def inspect(self, *names):
            return [{"Id": name} for name in names]

        def run(self, argv, *, timeout=None, ok=(0,)):
            limits.append((argv[1], timeout or self.environment.command_seconds))

    web.discard(Host(), ["old"], settings.drain_seconds)
    assert dict(limits)["stop"] > 900


def test_space_is_kept_back_though_a_kill_left_an_empty_file(tmp_path):
    (tmp_path / "ballast").touch()
    load_ballast(tmp_path)
    assert (tmp_path / "ballast").stat().st_size == 32 << 20
    drop_ballast(tmp_path)
    assert not (tmp_path / "ballast").exists()


def test_who_may_not_stop_a_process_is_told_whose_it_is(tmp_path, monkeypatch):
    environment = resolve("odoo-mta", Environments(), "uat")
    host = SimpleNamespace(runs=tmp_path, environment=environment)
    monkeypatch.setattr(unlock, "host_of", lambda *arguments, **options: host)

    def refuse(pid, number):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "kill", refuse)
    arguments = ["--environment", "uat", "--force"]
    with lock.held(tmp_path, {**lock.owner("deploy"), "user": "anna"}):
        with pytest.raises(InputError, match="belongs to anna") as raised:
            CliRunner().invoke(unlock.command, arguments, catch_exceptions=False)
    assert raised.value.fix == "run this as anna"
