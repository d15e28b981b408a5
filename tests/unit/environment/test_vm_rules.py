"""Decisions on the VM that need no VM: commands, names, preflight, plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.errors import ToolError
from pipeline.core.settings.environments import Environments, resolve
from pipeline.environment.backup import filestore, images
from pipeline.environment.host import docker, sql
from pipeline.environment.host.host import Host
from pipeline.environment.machine import preflight
from pipeline.environment.odoo import migration, row_changes
from pipeline.environment.odoo.row_changes import RowChanges, Written
from pipeline.environment.operations import plan
from pipeline.environment.operations.deploy import DEPLOY, DeployRequest
from pipeline.environment.operations.steps.facts import BackedUp
from pipeline.environment.runs.context import RunContext
from pipeline.environment.runs.journal import Journal


def test_quoting():
    assert sql.name('a"b') == '"a""b"'
    assert sql.text("it's") == "'it''s'" and sql.text("a\\b") == "E'a\\\\b'"
    assert sql.formatted("ALTER DATABASE @ SET a TO 'b'", "x-y") == (
        "ALTER DATABASE \"x-y\" SET a TO 'b'"
    )


def test_commands_are_argument_lists():
    uat = resolve("odoo-mta", Environments(), "uat")
    assert docker.up("web") == ("docker", "compose", "up", "--detach", "--no-deps", "web")
    assert "--renew-anon-volumes" in docker.up_renewed("web")
    assert docker.up_beside("web", 2)[-4:] == ("--no-recreate", "--scale", "web=2", "web")
    assert docker.one_off("web", "name", ("python3",), ("-c", "x")) == (
        *("docker", "compose", "run", "--rm", "--no-deps", "--no-TTY", "--name", "name"),
        *("--entrypoint", "python3", "web", "-c", "x"),
    )
    assert docker.one_off("web", "name", ("python3",), ("-c", "x"), 7)[8:] == (
        *("--entrypoint", "timeout", "web", "-k", "10", "7", "python3", "-c", "x"),
    )
    assert docker.psql(uat, "mta-uat", "tag")[:7] == (
        *("docker", "exec", "--interactive", "--env", "PGAPPNAME=tag", "odoo-mta-db", "psql"),
    )
    assert migration.arguments("db", ["a", "b"], [], "19.0")[:5] == (
        ["odoo", "--database", "db", "--update", "a,b"]
    )
    assert "--without-demo=all" in migration.arguments("db", [], ["a"], "18.0")
    assert "--without-demo=all" not in migration.arguments("db", [], ["a"], "19.0")


def test_errors_in_odoo_s_log():
    log = (
        "2026-01-01 10:00:00,000 1 INFO db odoo: fine\n"
        "2026-01-01 10:00:01,000 1 ERROR db odoo: bad\nTraceback\n  line\n"
        "2026-01-01 10:00:02,000 1 WARNING db odoo: ERROR is only a word here\n"
    )
    assert migration.errors(log).splitlines() == log.splitlines()[1:4]


def test_names_of_files_in_a_filestore():
    assert filestore.checksum(["b", "a"]) == filestore.checksum(["a", "b"])
    assert images.folder(Path("/b"), "sha256:" + "a" * 64).name == "a" * 24


def test_space_is_added_up_by_disk(tmp_path):
    needed = preflight.needs(10 << 20, True, tmp_path / "data", tmp_path / "backups")
    assert needed[tmp_path / "data"] == (20 << 20) + preflight.MARGIN
    preflight.space({tmp_path / "x": 1})
    with pytest.raises(ToolError, match="MB are free"):
        preflight.space({tmp_path / "x" / "y": 1 << 60, tmp_path: 1})


def test_a_person_decides_only_where_there_is_a_backup_to_go_back_to(tmp_path):
    """A new database has none, nor UAT with PROD's personal data."""

    def decides(auto_rollback, *facts):
        asked = DeployRequest(image="", version="", reason="", auto_rollback=auto_rollback)
        host = Host(resolve("odoo-mta", Environments(), "uat"))
        run = RunContext(host, tmp_path / "000001-deploy-x", Journal(tmp_path / "j"), asked)
        run.note(*facts)
        return DEPLOY.parks(run)

    assert decides(False, BackedUp("manifest.json"))
    assert not decides(True, BackedUp("manifest.json"))
    assert not decides(False)


def test_what_the_machine_lacks():
    assert preflight.small(4 << 30, 2) == ""
    assert preflight.small(1 << 30, 1) == "1024 MB of memory, 1 CPU"


def test_the_plan_as_rows():
    found = plan.Plan(
        environment="uat",
        before=plan.Version("", ""),
        after=plan.Version("2", "sha256:2"),
        updates=(("a", "its files changed"),),
        install=(),
        why="to update: a",
        side_by_side=False,
        downtime_seconds=12.4,
        disk_bytes=3,
        backup_age_seconds=7200,
        warnings=("too few locks",),
    )
    rows = dict(plan.rows(found, str))
    assert rows["from"] == "- nothing runs" and rows["update"] == "a: its files changed"
    assert rows["downtime"] == "about 12 s" and rows["last backup"] == "2.0 h ago"
    assert rows["warning"] == "too few locks"


def test_what_was_written_in_words():
    rows = [RowChanges(f"t{n}", new=n, changed=1 if n else 0) for n in range(3)]
    assert row_changes.text(Written()) == "nothing was written since"
    assert row_changes.text(Written(rows), 2) == (
        "written since: t0: 0 new; t1: 1 new, 1 changed; and 1 more tables"
    )
    assert row_changes.text(Written(uncounted=["big"], problem="psql broke")) == (
        "nothing was written since; not counted: big: too large; not all could be counted: "
        "psql broke"
    )


def test_a_small_database_is_copied_without_checkpoints():
    assert "STRATEGY wal_log" in sql.copy("a", "b", "odoo", (256 << 20) - 1)
    assert "STRATEGY file_copy" in sql.copy("a", "b", "odoo", 256 << 20)
