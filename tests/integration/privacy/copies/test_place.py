"""A place with several copies, as a folder and over SFTP: which one is taken, which ones stay."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from dated_copies import DUMP, NOW, document, name, there

from pipeline.core.errors import CheckFailed, InputError, ToolError


def test_the_newest_one_is_taken(push, newest, root: Path) -> None:
    for days in (2, 1, 3):
        assert push(days) == (name(days), ())
    found = newest()
    assert (found.name, found.document, found.passed) == (name(1), document(1), ())
    assert (found.folder / "uat.dump").read_bytes() == DUMP
    files = sorted(os.listdir(root / "odoo-care" / name(1)))
    assert files == ["anonymization.html", "copy.hmac", "copy.json", "uat.dump"]
    assert not (root / "odoo-care" / name(1)).stat().st_mode & 0o007


def test_what_cannot_be_used_is_passed_over_and_named(push, newest, made, root: Path) -> None:
    for days in (9, 8, 7, 6, 5, 4, 3):
        push(days, keep=9)
    home = root / "odoo-care"
    (home / name(3) / "copy.json").unlink()
    (home / name(4) / "uat.dump").write_bytes(DUMP[:-1] + b"!")
    (home / name(5) / "uat.dump").unlink()
    shutil.rmtree(home / name(6))
    shutil.copytree(made(6, key=b"somebody else's"), home / name(6))
    (home / name(7)).rename(home / name(2))
    shutil.rmtree(home / name(8))
    shutil.copytree(made(8, series="18.0"), home / name(8))
    (home / f".{name(1)}.0a1b2c3d.partial").mkdir()
    (home / "notes").mkdir()
    (home / name(0.5)).write_text("a file")
    found = newest()
    assert found.name == name(9)
    reasons = (
        (0.5, "copy.json"),
        (2, "which is not what its folder is called"),
        (3, "there is no copy in"),
        (4, "is not the dump that was signed"),
        (5, "dump"),
        (6, "signed with another key"),
        (8, "for Odoo 18.0"),
    )
    assert len(found.passed) == len(reasons)
    for passed, (days, reason) in zip(found.passed, reasons, strict=True):
        assert passed.startswith(f"{name(days)}: ") and reason in passed


def test_only_expired_ones_are_none(push, newest) -> None:
    push(2)
    push(1)
    with pytest.raises(CheckFailed, match="can be used:\n    .*expired at .*\n    .*expired at"):
        newest(now=NOW + timedelta(40))


def test_no_copy_is_none(newest, root: Path, machine) -> None:
    with pytest.raises(InputError, match="there is no copy of odoo-care in "):
        newest()
    (root / "odoo-care").mkdir()
    with pytest.raises(InputError, match="there is no copy of odoo-care in "):
        newest()
    shutil.rmtree(root)
    with pytest.raises(ToolError, match="copies is not there"):
        newest()


def test_a_place_that_is_a_file_is_named(newest, root: Path) -> None:
    (root / "odoo-care").write_text("")  # for SFTP, it is not there
    with pytest.raises((ToolError, InputError), match="does not answer as|there is no copy of"):
        newest()


def test_without_a_key_nothing_is_asked(push, newest, made, root: Path) -> None:
    with pytest.raises(InputError, match="there is no key"):
        newest(b"")
    shutil.copytree(made(1, key=b""), root / "odoo-care" / name(1))
    push(2)
    assert newest().name == name(2)
    assert newest(b"", unsigned=True).name == name(1)


def test_the_last_ones_stay(push, root: Path) -> None:
    for days in (9, 8, 7):
        assert push(days)[1] == ()
    assert push(6) == (name(6), (name(9),))
    assert push(5, keep=1)[1] == (name(6), name(7), name(8))
    assert there(root) == [name(5)]


def test_expired_ones_go_and_the_newest_valid_one_never(push, root: Path) -> None:
    push(3)
    push(2)
    later = NOW + timedelta(29)
    assert push(-28, now=later, keep=5)[1] == (name(2), name(3))
    # One of long ago, which somebody puts there now, is the first to go.
    assert push(-20, now=later, keep=1)[1] == (name(-20),)
    assert there(root) == [name(-28)]


def test_what_others_put_there_stays(push, made, root: Path) -> None:
    push(9)
    home = root / "odoo-care"
    shutil.copytree(made(8, key=b"somebody else's"), home / name(8))
    shutil.copytree(made(7, project="odoo-mta"), home / name(7))
    (home / name(6)).mkdir()
    (home / "notes").mkdir()
    half = [f".{name(days)}.0a1b2c3d.partial" for days in (0.5, 2)]
    for one in half:
        (home / one).mkdir()
        (home / one / "uat.dump").write_bytes(DUMP)
    assert push(1, keep=1)[1] == (name(9),)
    assert there(root) == [half[0], name(8), name(7), name(6), name(1), "notes"]


def test_a_clock_that_is_too_early_expires_nothing(push, root: Path) -> None:
    push(2)
    push(1)
    assert push(20, now=NOW - timedelta(20)) == (name(20), ())
    assert there(root) == [name(20), name(2), name(1)]
