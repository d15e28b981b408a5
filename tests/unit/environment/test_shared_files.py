"""Verifying all backups reads what they share once, and rot is reported for each of them."""

from __future__ import annotations

import hashlib
import os

import pytest

from pipeline.core import files
from pipeline.environment.backup import filestore


@pytest.fixture
def read(monkeypatch):
    """How often bytes of an inode were read."""
    counted: dict[int, int] = {}
    digest_of = files.digest_of

    def counting(descriptor, algorithm="sha256"):
        inode = os.fstat(descriptor).st_ino
        counted[inode] = counted.get(inode, 0) + 1
        return digest_of(descriptor, algorithm)

    monkeypatch.setattr(files, "digest_of", counting)
    return counted


def stored(folder, *contents):
    """A filestore in a backup; gives the checksum of its names."""
    names = []
    for content in contents:
        digest = hashlib.sha1(content).hexdigest()
        path = folder / digest[:2] / digest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        names.append(f"{digest[:2]}/{digest}")
    return filestore.checksum(names)


def linked(source, target):
    """The next backup, which links all that the one before has."""
    for path in source.glob("??/*"):
        other = target / path.relative_to(source)
        other.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, other)


def test_each_file_is_read_once_and_rot_is_reported_for_each_backup(tmp_path, read):
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    names = stored(first, b"one", b"two")
    linked(first, second)
    linked(first, third)
    for one in (first, second, third):
        assert filestore.problems(one, 2, names, files.Digests()) == []
    assert set(read.values()) == {3}
    read.clear()
    rotten = next(path for path in first.glob("??/*") if path.read_bytes() == b"two")
    rotten.write_bytes(b"twp")
    digests = files.Digests()
    found = [filestore.problems(one, 2, names, digests) for one in (first, second, third)]
    name = rotten.relative_to(first)
    assert found == [[f"{one.name}/{name} is broken"] for one in (first, second, third)]
    assert list(read.values()) == [1, 1]


def test_two_files_are_never_taken_for_one(tmp_path, read):
    """Not even with the same name, and the same size."""
    first, second = tmp_path / "first", tmp_path / "second"
    names = stored(first, b"one")
    stored(second, b"one")
    path = next(second.glob("??/*"))
    path.write_bytes(b"onf")
    for one in (first, second):
        linked(one, tmp_path / f"again-{one.name}")
    digests = files.Digests()
    assert filestore.problems(first, 1, names, digests) == []
    assert filestore.problems(second, 1, names, digests) == [
        f"second/{path.relative_to(second)} is broken"
    ]
    assert len(read) == 2


def test_a_large_file_of_one_name_is_read_once(tmp_path, read):
    """As the layers of an image that all backups name."""
    layer = tmp_path / "layer"
    layer.write_bytes(bytes(3 << 20))
    digests = files.Digests()
    assert digests.of(layer) == digests.of(layer) == hashlib.sha256(bytes(3 << 20)).hexdigest()
    assert list(read.values()) == [1]
