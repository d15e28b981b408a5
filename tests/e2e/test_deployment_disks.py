"""Disks that are full, at the backup, the journal, the pull, the rollback: nothing is lost."""

from __future__ import annotations

import re
import shlex

import pytest

from bed_stage import BACKUPS, HOME, NEW, OLD, sums

pytestmark = pytest.mark.faults

#: A small file system in the place of a folder, with what was in it.
SMALL = """
set -eu
rm -f /srv/small && truncate -s {size} /srv/small && mkfs.ext4 -q -m 0 /srv/small
mkdir -p /mnt/small && mount -o loop /srv/small /mnt/small && rmdir /mnt/small/lost+found
cp -a {folder}/. /mnt/small/ && chown --reference {folder} /mnt/small
umount /mnt/small && mount -o loop /srv/small {folder}
"""
FILL = "fallocate -l $(($(df --output=avail -B1 {folder} | tail -1) - {left})) {folder}/filler"


def test_a_disk_that_is_full_when_the_backup_is_written(stage, web) -> None:
    stage.pipeline("backup", "create")
    before, backups = web(), sums(stage)
    stage.machine.root(SMALL.format(size="800M", folder=BACKUPS))
    fill = FILL.format(folder=BACKUPS, left=200_000)
    ended = stage.during(stage.deploy(NEW), "step-began", "backup", fill)
    assert ended["acted"] and ended["code"] == 4, ended
    assert "No space left on device" in ended["out"]
    stage.machine.root(f"rm {BACKUPS}/filler")
    assert (web(), sums(stage)) == (before, backups)
    assert stage.whole() == OLD


def test_a_disk_that_is_too_small_is_seen_first(stage, web) -> None:
    before = web()
    stage.machine.root(SMALL.format(size="100M", folder=BACKUPS))
    said = stage.pipeline(*stage.deploy(NEW), ok=False)
    assert f"{BACKUPS}: " in said and "MB may be needed" in said
    assert web() == before and stage.outcomes() == ["failed"]


def test_a_disk_that_is_full_when_the_journal_is_written(stage) -> None:
    """The run has kept some space back: it can say what happened, and goes back."""
    folder = f"{HOME}/.deployments"
    stage.machine.root(SMALL.format(size="80M", folder=folder))
    fill = f"dd if=/dev/zero of={folder}/filler bs=64k 2>/dev/null; sync"
    ended = stage.during(stage.deploy(NEW), "step-began", "migrate", fill)
    assert ended["acted"] and ended["code"] == 12, ended
    assert "no space is left in" in ended["out"]
    stage.machine.root(f"rm {folder}/filler")
    assert stage.outcomes() == ["rolled-back"]
    assert stage.whole() == OLD


def test_a_disk_that_is_full_when_the_image_is_pulled(stage, web) -> None:
    before, folder = web(), "/var/lib/docker/tmp"
    stage.machine.root(f"mount -t tmpfs -o size=64k small {folder}")
    stage.machine.root(f"dd if=/dev/zero of={folder}/filler bs=4k 2>/dev/null", ok=False)
    said = stage.pipeline(*stage.deploy(NEW), ok=False)
    stage.machine.root(f"umount -l {folder}")
    assert "no space left on device" in said and "nothing was stopped" in said
    assert web() == before
    stage.pipeline(*stage.deploy(NEW))
    assert stage.whole() == NEW


def test_a_rollback_that_fills_the_disk(stage) -> None:
    """The database stays as it was; the command that continues works once there is space.

    Where PostgreSQL survived, the failure is undone; where it fell over its full disk, nobody can
    tell whether the restore was done, and the run stops.
    """
    data = "/var/lib/docker/volumes/odoo-mta_postgres-data/_data"
    machine = stage.machine
    stage.pipeline("backup", "create")
    machine.root(f"cd {HOME} && docker compose stop")
    machine.root(SMALL.format(size="300M", folder=data))
    try:
        machine.root(f"cd {HOME} && docker compose up -d")
        fill = FILL.format(folder=data, left=4_000_000)
        ended = stage.during(["rollback"], "step-began", "restore", fill)
        assert ended["acted"] and ended["code"] in (12, 13), ended
        assert "No space left on device" in ended["out"]
        machine.root(f"rm {data}/filler")
        found = re.search(
            r"pipeline environment rollback --environment uat --manifest \S+", ended["out"]
        )
        assert bool(found) is (ended["code"] == 13), ended["out"]
        command = found[0] if found else "pipeline environment rollback --environment uat"
        machine.root(f"su - ubuntu -c {shlex.quote(f'cd {HOME} && {command}')}", timeout=300)
        middle = "stopped" if found else "rolled-back"
        assert stage.outcomes() == ["done", middle, "done"]
        assert stage.whole() == OLD
    finally:
        machine.root(f"cd {HOME} && docker compose down; umount -l {data}")
