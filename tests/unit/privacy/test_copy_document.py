"""A copy's document: nothing in the folder is believed before its signature."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipeline.core.errors import CheckFailed, InputError
from pipeline.privacy.anonymize.report import signature
from pipeline.privacy.copies.document import CopyDocument, check_dump, check_fit, read_copy

KEY, DUMP = b"the team's", b"PGDMP, and more"
MADE = CopyDocument(
    project="odoo-care",
    database="care-prod",
    series="19.0",
    made="2026-11-28 10:00:00",
    expires="2026-12-28 10:00:00",
    file="uat.dump",
    size=len(DUMP),
    sha256=hashlib.sha256(DUMP).hexdigest(),
)
SOON = datetime(2026, 12, 1, tzinfo=timezone.utc)


@pytest.fixture
def copy(tmp_path: Path) -> Callable[..., Path]:
    """Write a copy, signed with a key or not; gives its folder."""

    def write(key: bytes = KEY) -> Path:
        (tmp_path / "uat.dump").write_bytes(DUMP)
        MADE.write(tmp_path, key)
        return tmp_path

    return write


def test_what_was_signed_is_read(copy) -> None:
    folder = copy()
    assert read_copy(folder, KEY) == MADE
    assert check_dump(MADE, folder) == folder / "uat.dump"
    check_fit(MADE, "odoo-care", "19.0", SOON)
    line = (folder / "copy.hmac").read_text()
    text = (folder / "copy.json").read_text()
    assert line == f"{signature(text, KEY)}  copy.json\n"


def test_without_a_key_only_what_was_made_without_one_is_read_if_asked_for(copy) -> None:
    folder = copy(b"")
    assert not (folder / "copy.hmac").exists()
    assert read_copy(folder, b"", unsigned=True) == MADE
    with pytest.raises(InputError, match="no key to check the copy's signature"):
        read_copy(folder, b"")
    with pytest.raises(CheckFailed, match="not signed with a key: anybody"):
        read_copy(folder, KEY, unsigned=True)


@pytest.mark.parametrize("unsigned", [False, True])
def test_a_signed_copy_needs_its_key(copy, unsigned: bool) -> None:
    with pytest.raises(InputError, match="this copy is signed, and there is no key"):
        read_copy(copy(), b"", unsigned=unsigned)


def test_a_copy_that_is_made_again_has_one_signature(copy) -> None:
    for key, there in ((KEY, "hmac"), (b"", "sha256"), (KEY, "hmac")):
        folder = copy(key)
        assert [path.name for path in folder.glob("copy.[hs]*")] == [f"copy.{there}"]


@pytest.mark.parametrize(
    "file, old, new",
    [
        ("copy.json", "2026-12-28", "2036-12-28"),
        ("copy.json", MADE.sha256, "0" * 64),
        ("copy.json", "\n", "\n\n"),
        ("copy.hmac", "  copy.json\n", "0  copy.json\n"),
        ("copy.hmac", "  copy.json\n", "\N{BULLET}"),
    ],
)
def test_a_changed_document_or_signature_is_refused(copy, file: str, old: str, new: str) -> None:
    folder = copy()
    text = (folder / file).read_text()
    (folder / file).write_text(text.replace(old, new))
    with pytest.raises(CheckFailed, match="is not what was signed"):
        read_copy(folder, KEY)


def test_another_key_is_refused(copy) -> None:
    with pytest.raises(CheckFailed, match="signed with another key"):
        read_copy(copy(), b"somebody else's")


def test_a_checksum_in_place_of_the_signature_is_refused(copy) -> None:
    """Who has no key can make a checksum."""
    folder = copy()
    (folder / "copy.hmac").unlink()
    MADE.write(folder, b"")
    with pytest.raises(CheckFailed, match="not signed with a key"):
        read_copy(folder, KEY)


def test_damage_to_a_copy_without_a_signature_is_noticed(copy) -> None:
    folder = copy(b"")
    (folder / "copy.json").write_text((folder / "copy.json").read_text() + " ")
    with pytest.raises(CheckFailed, match="is not what was signed"):
        read_copy(folder, b"", unsigned=True)
    (folder / "copy.sha256").unlink()
    with pytest.raises(CheckFailed, match="is not what was signed"):
        read_copy(folder, b"", unsigned=True)


def test_a_folder_without_a_copy_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no copy in"):
        read_copy(tmp_path, KEY)
    (tmp_path / "copy.json").mkdir()
    with pytest.raises(InputError, match="not a readable text file"):
        read_copy(tmp_path, KEY)


def signed(folder: Path, text: str) -> None:
    """Any text, signed with the right key."""
    (folder / "copy.json").write_text(text)
    (folder / "copy.hmac").write_text(f"{signature(text, KEY)}  copy.json\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 50_000,
        json.dumps({"database": "refresh", "dry_run": False}),
        json.dumps(asdict(MADE) | {"more": 1}),
        json.dumps(asdict(MADE) | {"size": "9"}),
        json.dumps(asdict(MADE) | {"expires": "never"}),
        json.dumps(asdict(MADE) | {"file": "../../uat.dump"}),
        json.dumps(asdict(MADE) | {"file": ""}),
    ],
    ids=["empty", "list", "deep", "report", "more", "type", "time", "outside", "no-file"],
)
def test_what_is_signed_but_no_document_of_a_copy_is_refused(tmp_path: Path, text: str) -> None:
    """The key signs reports, too."""
    signed(tmp_path, text)
    with pytest.raises(CheckFailed, match="is not a copy's document"):
        read_copy(tmp_path, KEY)


@pytest.mark.parametrize(
    "project, series, now, said",
    [
        ("odoo-mta", "19.0", SOON, "a copy of the project odoo-care, and this is odoo-mta"),
        ("odoo-care", "18.0", SOON, "this copy is for Odoo 19.0, and this source is for 18.0"),
        ("odoo-care", "19.0", SOON + timedelta(30), "expired at 2026-12-28 10:00:00 UTC"),
        ("odoo-care", "19.0", SOON - timedelta(30), "clock .* is before the copy was made"),
    ],
)
def test_a_copy_of_something_else_or_another_time_is_refused(
    project: str, series: str, now: datetime, said: str
) -> None:
    with pytest.raises(CheckFailed, match=said):
        check_fit(MADE, project, series, now)


def test_the_last_second_and_the_first_hour() -> None:
    """The clocks of two machines are never the same."""
    last = datetime(2026, 12, 28, 11, 59, 59, tzinfo=timezone(timedelta(hours=2)))
    check_fit(MADE, "odoo-care", "19.0", last)
    with pytest.raises(CheckFailed, match="expired"):
        check_fit(MADE, "odoo-care", "19.0", last + timedelta(seconds=1))
    check_fit(MADE, "odoo-care", "19.0", datetime(2026, 11, 28, 9, 30, tzinfo=timezone.utc))


def test_another_dump_is_refused(copy) -> None:
    folder = copy()
    for data in (DUMP[:-1], DUMP + b"!", DUMP[::-1]):
        (folder / "uat.dump").write_bytes(data)
        with pytest.raises(CheckFailed, match="is not the dump that was signed"):
            check_dump(MADE, folder)


def test_a_dump_that_is_no_file_is_refused(copy, tmp_path: Path, monkeypatch) -> None:
    folder = copy()
    (folder / "uat.dump").rename(folder / "elsewhere")
    (folder / "uat.dump").symlink_to("elsewhere")
    for missing in (MADE, replace(MADE, file="other.dump")):
        with pytest.raises(CheckFailed, match="the copy has no dump"):
            check_dump(missing, folder)
    (folder / "uat.dump").unlink()
    (folder / "elsewhere").rename(folder / "uat.dump")

    def denied(path: Path) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pipeline.core.files.digest", denied)
    with pytest.raises(CheckFailed, match="uat.dump cannot be read: Permission denied"):
        check_dump(MADE, folder)
