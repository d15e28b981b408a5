"""What the engine keeps over a restart: every function works after it, and is answered alike."""

from __future__ import annotations

import pytest
from test_engine_lifecycle import kill_engine

from bed_functions import differences, functions, outcomes, shard, whole_repository

pytestmark = pytest.mark.engine


def test_every_function_after_a_restart_and_from_another_path(
    run_engine, settings, monkeypatch, tmp_path
) -> None:
    """Those that reach a machine keep nothing: see test_dagger_functions.py."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    source = whole_repository(tmp_path / "repository").path
    there = functions(source, shard(source, tmp_path / "shards"))
    first = outcomes(tuple(one for one in there if not one.reaches), tmp_path / "first")
    assert {name: ended.text for name, ended in first.items() if ended.code} == {}

    kill_engine()
    assert run_engine("up").returncode == 0

    (tmp_path / "moved").mkdir()
    source = source.rename(tmp_path / "moved/here")
    there = functions(source, tmp_path / "shards")
    second = outcomes(tuple(one for one in there if not one.reaches), tmp_path / "second")
    assert differences(first, second) == {}
