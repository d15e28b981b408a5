"""What is broken in one backup stays in it, and is named: files, contents of images, dumps."""

from __future__ import annotations

import io
import json
import os
import stat

import pytest
import saved_images

from pipeline.core import files
from pipeline.environment.backup import image_archive, images


def flip(path):
    """Change one bit, and nothing that a listing shows."""
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def backup(vm):
    """Make a backup: its manifest, its filestore, and what was said."""
    code, said = vm.command("backup", "create")
    assert code == 0, said
    path = vm.backups / said.split()[-1].rsplit("/", 1)[-1]
    data = json.loads(path.read_text())
    return data, vm.backups / data["filestore"]["name"], said


def rows_of(vm):
    said = vm.command("backup", "verify", "--format", "json")[1]
    return json.loads(said.partition("\n]")[0] + "\n]")


def test_a_flipped_bit_stays_in_its_backup(vm):
    good, bad = vm.attach(b"good" * 9999), vm.attach(b"bad" * 9999)
    _, first, _ = backup(vm)
    flip(first / bad)
    data, second, said = backup(vm)
    assert data["filestore"]["rotten"] == [bad] and data["filestore"]["missing"] == []
    assert data["filestore"]["linked"] == 1
    assert "has 1 broken file; copied from the live filestore again" in said and bad in said
    assert (second / good).stat().st_ino == (first / good).stat().st_ino
    assert (second / bad).read_bytes() == b"bad" * 9999
    assert [row["problems"] for row in rows_of(vm)] == [[f"{first.name}/{bad} is broken"], []]
    data, third, said = backup(vm)
    assert data["filestore"]["linked"] == 2 and "broken" not in said
    code, said = vm.command("rollback")
    assert code == 0, said


def test_a_file_that_is_broken_everywhere_is_counted_as_missing(vm):
    bad = vm.attach(b"bad" * 9999)
    _, first, _ = backup(vm)
    flip(first / bad)
    flip(vm.home / "data" / "filestore" / vm.database / bad)
    data, second, said = backup(vm)
    store = data["filestore"]
    assert store["rotten"] == store["missing"] == store["damaged"] == [bad]
    assert "the live filestore has 1 broken file" in said and "lacks 1 file" in said
    assert not (second / bad).exists()
    assert [row["problems"] != [] for row in rows_of(vm)] == [True, False]


def test_a_live_file_that_is_broken_is_taken_from_the_backup_before(vm):
    bad = vm.attach(b"bad" * 9999)
    backup(vm)
    flip(vm.home / "data" / "filestore" / vm.database / bad)
    data, second, said = backup(vm)
    assert data["filestore"]["missing"] == [] and (second / bad).read_bytes() == b"bad" * 9999


def test_a_rollback_restores_a_broken_live_file(vm):
    """It has the right size and the right times: only its bytes tell."""
    good, bad = vm.attach(b"good" * 9999), vm.attach(b"bad" * 9999)
    backup(vm)
    live = vm.home / "data" / "filestore" / vm.database
    kept = (live / good).stat().st_ino
    flip(live / bad)
    code, said = vm.command("rollback")
    assert code == 0 and "1 files of the filestore were put back" in said, said
    assert (live / bad).read_bytes() == b"bad" * 9999
    assert (live / good).stat().st_ino == kept


def test_a_dump_that_the_disk_corrupts_is_not_a_backup(vm, monkeypatch):
    right = files.digest

    def wrong(path, algorithm="sha256"):
        if path.name.endswith(".dump.gz.partial"):
            flip(path)
        return right(path, algorithm)

    monkeypatch.setattr(files, "digest", wrong)
    code, said = vm.command("backup", "create")
    assert code == 4 and "differs on the disk from what was written" in said
    assert not list(vm.backups.glob("*"))


@pytest.mark.parametrize("version", ["20.10.24", "26.1.5"])
def test_an_image_in_either_layout(make_prod, version):
    vm = make_prod()
    vm.change(docker=version)
    data, _, said = backup(vm)
    assert "saved the image" in said
    place = images.folder(vm.backups, data["image"]["id"])
    out = io.BytesIO()
    image_archive.pack(place, out)
    out.seek(0)
    assert saved_images.read(out) == data["image"]["id"]
    # One content is there once, however often it occurs.
    contents = list(images.blobs(vm.backups).iterdir())
    assert len([one for one in contents if b"basebase" in one.read_bytes()]) == 1
    for content in contents:
        assert files.digest(content) == content.name
    assert "saved the image" not in backup(vm)[2]
    largest = max(contents, key=lambda one: one.stat().st_size)
    flip(largest)
    assert images.broken(vm.backups, data["image"]["id"]) == [f"images/blobs/{largest.name}"]
    said = backup(vm)[2]
    assert "the saved image was broken, and was written again" in said and largest.name in said
    assert images.broken(vm.backups, data["image"]["id"]) == []
    vm.change(images={}, registry={})
    images.load(vm.host, vm.backups, data["image"]["id"])
    assert vm.state["images"] == {data["image"]["id"]: data["image"]["id"]}


def test_all_of_it_is_private(make_prod):
    vm = make_prod()
    vm.attach(b"an invoice")
    before = os.umask(0o000)
    try:
        assert vm.deploy("v2", update="SELECT 1", version="19.0.2.0.0")[0] == 0
        vm.command("backup", "verify")
    finally:
        os.umask(before)
    runs = vm.host.runs
    found = [vm.backups, runs, *vm.backups.rglob("*"), *runs.rglob("*")]
    assert {"migrate.log", "journal.jsonl", "lock"} <= {path.name for path in found}
    for path in found:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), f"{path}: {mode:o}"
