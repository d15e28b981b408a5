"""Backups of several environments in one folder, and files of others: each keeps its own."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from dataclasses import replace

import pytest

from pipeline.core import files
from pipeline.core.settings.environments import Environments, resolve
from pipeline.environment.backup import catalog, images, manifest, parts
from pipeline.environment.backup.manifest import Image, Manifest
from pipeline.environment.host.host import Host

UAT, PROD = (resolve("odoo-mta", Environments(), name) for name in ("uat", "prod"))
#: Another project whose database has the same name.
OTHER = replace(UAT, project="odoo-other")
FOREIGN = (
    *("database_old.dump.gz", "database_20200101T000000Z.dump.gz", "notes.partial"),
    *("database_20200101T000000Z.dump.gz.partial", "unfinished_business.json"),
)


def made(folder, stamp, here, sequence=1, image=""):
    """A backup of an environment, with its parts."""
    names = manifest.names(stamp)
    (folder / names[1]).write_text("dump")
    (folder / names[2] / "ab").mkdir(parents=True)
    (folder / names[2] / "ab" / "file").write_text("file")
    one = Manifest(
        stamp=stamp,
        sequence=sequence,
        environment=here.name,
        database=here.database,
        project=here.project,
        moment="",
        reason="",
        dump=manifest.DumpFile(names[1], 4, ""),
        filestore=manifest.FilestoreFolder(1, 4, "", 0, (), name=names[2]),
        image=Image(id=image, stored=bool(image)),
        postgres="17",
    )
    manifest.write(one, folder)
    return one


def saved(folder, image, *contents):
    """A saved image, with contents."""
    images.blobs(folder).mkdir(parents=True, exist_ok=True)
    for name in contents:
        (images.blobs(folder) / name).touch()
    place = images.folder(folder, image)
    place.mkdir()
    members = [{"name": name, "type": "file", "kept": name} for name in contents]
    (place / "members.json").write_text(json.dumps({"members": members}))
    return place


@pytest.fixture
def shared(tmp_path):
    """One folder for both environments, another project, and a person's files."""
    for name in FOREIGN:
        (tmp_path / name).write_text("a person's")
    (tmp_path / "filestore_2024Z").mkdir()
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "mine.partial").mkdir()
    return tmp_path


def everything(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_each_environment_has_its_own_order(shared):
    made(shared, "20260101T000000Z", UAT, 7)
    made(shared, "20260102T000000Z", PROD, 1)
    made(shared, "20260103T000000Z", OTHER, 99)
    assert [one.sequence for one in catalog.good(shared, UAT)] == [7]
    assert catalog.find(shared, "", UAT).sequence == 7
    assert catalog.find(shared, "", PROD).sequence == 1


def test_a_backup_of_an_earlier_version_is_still_its_environments(shared):
    one = made(shared, "20260101T000000Z", UAT)
    path = shared / one.file_name
    data = json.loads(path.read_text())
    del data["sha256"], data["project"]
    data["sha256"] = manifest._checksum(data)
    path.write_text(json.dumps(data))
    assert [one.project for one in catalog.good(shared, UAT)] == [""]
    assert catalog.good(shared, PROD) == []


def test_an_untrusted_backup_is_listed_where_it_claims_to_belong(shared):
    for here, stamp in ((UAT, "20260101T000000Z"), (PROD, "20260102T000000Z")):
        path = shared / made(shared, stamp, here).file_name
        path.write_text(path.read_text().replace('"sequence": 1', '"sequence": 2'))
    (shared / "manifest_20260103T000000Z.json").write_text("{")
    names = [entry.path.name for entry in catalog.entries(shared, UAT)]
    assert names == ["manifest_20260101T000000Z.json", "manifest_20260103T000000Z.json"]


def test_only_its_own_parts_are_tidied_up(shared):
    before = everything(shared)
    mine, others = parts.claim(shared, UAT), parts.claim(shared, PROD)
    assert mine != others
    for stamp in (mine, others):
        (shared / f"database_{stamp}.dump.gz.partial").touch()
        (shared / f"filestore_{stamp}").mkdir()
        (shared / f"manifest_{stamp}.json.partial").touch()
    for here in (UAT, PROD):
        (shared / "images" / f"abc.odoo-mta-{here.name}.partial").mkdir()
    assert len(parts.clean(Host(UAT), shared)) == 3
    left = everything(shared) - before
    assert left == {
        *(f"unfinished_{others}.json", f"database_{others}.dump.gz.partial"),
        *(f"filestore_{others}", f"manifest_{others}.json.partial"),
        *("images/abc.odoo-mta-prod.partial", "images/blobs"),
    }
    parts.clean(Host(PROD), shared)
    assert everything(shared) - before == {"images/blobs"}


def test_a_backup_that_was_done_is_kept_when_its_mark_was_left(shared):
    stamp = parts.claim(shared, UAT)
    made(shared, stamp, UAT)
    assert parts.clean(Host(UAT), shared) == []
    assert catalog.good(shared, UAT) and not list(shared.glob(f"unfinished_{stamp}*"))


def test_an_interrupted_removal_is_finished(shared):
    before = everything(shared)
    one = made(shared, "20260101T000000Z", UAT)
    parts._claimed(shared, one.stamp, UAT)
    (shared / one.file_name).unlink()
    assert len(parts.clean(Host(UAT), shared)) == 2
    assert everything(shared) - before == {"images/blobs"}


def test_a_full_disk_leaves_no_mark_and_no_half_of_a_file(shared, monkeypatch):
    before = everything(shared)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for write in (lambda: parts.claim(shared, UAT), lambda: files.write(shared / "x", "y")):
        with pytest.raises(OSError, match="No space left"):
            write()
    assert everything(shared) == before


def test_a_stamp_is_never_one_that_is_used(shared, monkeypatch):
    first = parts.claim(shared, UAT)
    assert json.loads((shared / f"unfinished_{first}.json").read_text())["project"] == "odoo-mta"

    class Clock:
        @staticmethod
        def now(zone):
            return parts.datetime.strptime(first, "%Y%m%dT%H%M%SZ")

        strptime = parts.datetime.strptime

    monkeypatch.setattr(parts, "datetime", Clock)
    (shared / f"database_{first}-2.dump.gz").write_text("a person's")
    assert parts.claim(shared, PROD) == f"{first}-3"


def test_pruning_removes_what_nobody_needs_any_more(shared):
    one = made(shared, "20260101T000000Z", UAT, image="sha256:" + "a" * 64)
    two = made(shared, "20260102T000000Z", UAT, image="sha256:" + "b" * 64)
    made(shared, "20260103T000000Z", PROD, image="sha256:" + "b" * 64)
    first = saved(shared, one.image.id, "only-a", "shared")
    second = saved(shared, two.image.id, "only-b", "shared")
    stray = saved(shared, "sha256:" + "c" * 64, "only-c")
    (images.blobs(shared) / "a-persons").touch()
    parts.remove(shared, [one, two], UAT)
    assert not first.exists() and second.exists() and stray.exists()
    names = sorted(path.name for path in images.blobs(shared).iterdir())
    assert names == ["a-persons", "only-b", "only-c", "shared"]
    assert {path.name for path in shared.iterdir()} == {
        *FOREIGN,
        *("filestore_2024Z", "images", "manifest_20260103T000000Z.json"),
        *("database_20260103T000000Z.dump.gz", "filestore_20260103T000000Z"),
    }


def test_no_image_goes_while_a_manifest_cannot_be_read(shared):
    one = made(shared, "20260101T000000Z", UAT, image="sha256:" + "a" * 64)
    place = saved(shared, one.image.id, "a")
    (shared / "manifest_20260103T000000Z.json").write_text("{")
    parts.remove(shared, [one], UAT)
    assert place.exists() and not (shared / one.file_name).exists()


def test_no_image_goes_that_an_unfinished_backup_has_found_there(shared):
    """Its manifest comes later: its mark says it. It may be another environment's."""
    image = "sha256:" + "a" * 64
    one = made(shared, "20260101T000000Z", UAT, image=image)
    place = saved(shared, image, "a")
    stamp = parts.claim(shared, PROD)
    parts.needs(shared, stamp, PROD, image)
    parts.remove(shared, [one], UAT)
    assert place.exists() and not (shared / one.file_name).exists()
    assert json.loads((shared / f"unfinished_{stamp}.json").read_text())["environment"] == "prod"
    two = made(shared, stamp, PROD, image=image)
    parts.finish(shared, stamp)
    parts.remove(shared, [two], PROD)
    assert not place.exists()


def test_what_is_needed_is_asked_when_nobody_can_save_any_more(shared):
    """A backup that takes an image into use while another one is removed waits, or is seen."""
    image = "sha256:" + "a" * 64
    place = saved(shared, image, "a")
    asked = []

    def needed():
        other = os.open(shared / "images", os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(other)
        asked.append(True)
        return {image}

    images.prune(shared, {image}, needed)
    assert asked and place.exists()


@pytest.mark.parametrize("umask", [0o022, 0o000, 0o077, 0o277])
def test_what_holds_data_is_private_whatever_the_umask(tmp_path, umask):
    before = os.umask(umask)
    try:
        folder = files.folder(tmp_path / "a" if umask < 0o200 else tmp_path / "b")
        files.write(folder / "text", "x")
        files.create(folder / "bytes").close()
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())]
    assert modes == [0o700, 0o600, 0o600]


@pytest.mark.parametrize("trusted", [True, False])
def test_what_an_earlier_version_left_open_is_closed(tmp_path, trusted):
    one = made(tmp_path, "20260101T000000Z", UAT)
    (tmp_path / "images" / "blobs").mkdir(parents=True)
    (tmp_path / "database_old.dump.gz").touch()
    if not trusted:
        (tmp_path / one.file_name).write_text("half a manif")
    for path in (tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    parts.tighten(tmp_path, replace(UAT, backups=tmp_path))
    for path in (tmp_path, *tmp_path.rglob("*")):
        if path.name != "database_old.dump.gz":
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE((tmp_path / "database_old.dump.gz").stat().st_mode) == 0o644
    if trusted:
        assert manifest.read(tmp_path / one.file_name) == one


def test_a_partial_file_does_not_stay(tmp_path, monkeypatch):
    """Neither after a signal nor, once somebody looks, after a kill; and only what is ours goes."""
    path, other = tmp_path / ".env", tmp_path / "theirs.partial"
    path.write_text("whole")
    other.write_text("theirs")
    monkeypatch.setattr(
        files, "publish", lambda partial, path: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        files.write(path, "half")
    assert sorted(tmp_path.iterdir()) == [path, other] and path.read_text() == "whole"
    (tmp_path / ".env.partial").write_text("half")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "maintenance.partial").touch()
    files.forget_partial(path, tmp_path / "state", tmp_path / "none")
    assert sorted(tmp_path.iterdir()) == [path, tmp_path / "state", other]
    assert list((tmp_path / "state").iterdir()) == []
