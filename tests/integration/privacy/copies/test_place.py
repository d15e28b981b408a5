"""A place with several copies, as a folder and over SFTP: which one is taken, which ones stay."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from ssh_server import LoopbackMachine

from pipeline.core.errors import CheckFailed, InputError, SshError, ToolError
from pipeline.privacy.copies import place_files, places
from pipeline.privacy.copies.document import FORM, CopyDocument, check_fit
from pipeline.privacy.copies.newest import FoundCopy, copy_age, newest_copy, push_copy
from pipeline.privacy.copies.open_place import open_place
from pipeline.privacy.copies.places import CopiesPlace
from pipeline.remote.sftp import SftpFiles

KEY, DUMP = b"the team's", b"PGDMP, and more" * 40_000
NOW = datetime(2026, 12, 1, 12, tzinfo=timezone.utc)


def document(days: float, dump: bytes = DUMP) -> CopyDocument:
    """Of a copy that was made so many days ago."""
    made = NOW - timedelta(days)
    return CopyDocument(
        project="odoo-care",
        database="care-prod",
        series="19.0",
        made=made.strftime(FORM),
        expires=(made + timedelta(30)).strftime(FORM),
        file="uat.dump",
        size=len(dump),
        sha256=hashlib.sha256(dump).hexdigest(),
    )


def name(days: float) -> str:
    return (NOW - timedelta(days)).strftime("%Y%m%dT%H%M%SZ")


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """A copy that was made so many days ago; gives its folder."""

    def make(days: float, key: bytes = KEY, **other: object) -> Path:
        folder = tmp_path / f"made-{days}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "uat.dump").write_bytes(DUMP)
        (folder / "anonymization.html").write_text("the report")
        (folder / "notes.txt").write_text("somebody's")
        replace(document(days), **other).write(folder, key)
        return folder

    return make


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[LoopbackMachine]:
    """An SFTP server."""
    (tmp_path / "server").mkdir()
    up = LoopbackMachine(tmp_path / "server")
    yield up
    up.stop()


@pytest.fixture
def root(machine) -> Path:
    """Where the place really is."""
    path = machine.home / "copies"
    path.mkdir()
    return path


@pytest.fixture(params=["folder", "sftp"])
def place(request, machine, root: Path, tmp_path: Path) -> Iterator[CopiesPlace]:
    """The place."""
    address, known = str(root), tmp_path / "known_hosts"
    if request.param == "sftp":
        address = f"sftp://ubuntu@127.0.0.1:{machine.port}{root}"
    known.write_text(machine.known_hosts)
    with open_place(address, "odoo-care", machine.key_file, known) as opened:
        yield opened


@pytest.fixture
def push(place, made) -> Callable[..., tuple[str, tuple[str, ...]]]:
    """Put a copy there; gives its name, and those that were removed."""

    def run(days: float, keep: int = 3, now: datetime = NOW, **other: object):
        pushed = push_copy(place, made(days, **other), "odoo-care", KEY, now, keep)
        return pushed.name, pushed.removed

    return run


@pytest.fixture
def newest(place, tmp_path: Path) -> Callable[..., FoundCopy]:
    """The newest copy."""

    def run(key: bytes = KEY, now: datetime = NOW, **more: bool) -> FoundCopy:
        scratch = tmp_path / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        fits = lambda one: check_fit(one, "odoo-care", "19.0", now)  # noqa: E731
        return newest_copy(place, scratch, fits, key, **more)

    return run


def there(root: Path) -> list[str]:
    return sorted(os.listdir(root / "odoo-care"))


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


def test_one_that_cannot_be_pushed_leaves_nothing(push, made, place, root: Path) -> None:
    push(2)
    with pytest.raises(InputError, match="there is a copy .* already"):
        push(2)
    with pytest.raises(CheckFailed, match="expired"):
        push(40)
    for change, said in (
        (lambda folder: (folder / "copy.json").unlink(), "there is no copy"),
        (lambda folder: (folder / "uat.dump").write_bytes(b"!"), "is not the dump"),
    ):
        folder = made(1)
        change(folder)
        with pytest.raises((InputError, CheckFailed), match=said):
            push_copy(place, folder, "odoo-care", KEY, NOW)
    with pytest.raises(CheckFailed, match="a copy of the project odoo-care"):
        push_copy(place, made(1), "odoo-mta", KEY, NOW)
    assert there(root) == [name(2)]


def test_a_transfer_that_fails_leaves_nothing(push, place, newest, root: Path, monkeypatch) -> None:
    push(2)
    real = places.shutil.copyfileobj

    def full(source, into, size) -> None:
        real(source, into, size)
        raise OSError(28, "No space left on device")

    def killed(source, into, size) -> None:
        real(source, into, size)
        raise KeyboardInterrupt

    for broken, error in ((full, ToolError), (killed, KeyboardInterrupt)):
        with monkeypatch.context() as context:
            context.setattr(places.shutil, "copyfileobj", broken)
            with pytest.raises(error):
                push(1)
        assert there(root) == [name(2)]
    with monkeypatch.context() as context:
        context.setattr(places.shutil, "copyfileobj", full)
        context.setattr(place.store.__class__, "rmdir", lambda self, path: os.rmdir("/nowhere"))
        with pytest.raises(ToolError, match="cannot be written to .*: No space left"):
            push(1)
    assert newest().name == name(2)  # what is left is hidden


def test_a_copy_that_cannot_be_removed_is_named(push, place, root: Path, monkeypatch) -> None:
    push(2)

    def denied(self, path: str) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as context:
        context.setattr(place.store.__class__, "remove", denied)
        with pytest.raises(ToolError, match="Permission denied"):
            push(1, keep=1)
    assert [one for one in there(root) if one[0] != "."] == [name(1)]


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
def test_a_disk_that_is_too_small_is_named_before_the_download(push, newest, monkeypatch) -> None:
    push(2)
    usage = shutil.disk_usage("/")._replace(free=5)
    monkeypatch.setattr(places.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(ToolError, match="the copy has .* GB, and .* GB free"):
        newest()


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
@pytest.mark.parametrize("method", ["documents", "dump"])
def test_a_connection_that_breaks_is_named(push, newest, machine, monkeypatch, method: str) -> None:
    push(2)
    real = getattr(CopiesPlace, method)

    def cut(self: CopiesPlace, *given: object) -> object:
        machine.cut()
        return real(self, *given)

    monkeypatch.setattr(CopiesPlace, method, cut)
    with pytest.raises(ToolError, match="does not answer as a place of copies does"):
        newest()


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
@pytest.mark.parametrize("file", ["copy.json", "uat.dump"])
def test_a_file_that_is_none_is_passed_over(push, newest, root: Path, file: str) -> None:
    push(3)
    push(2)
    path = root / "odoo-care" / name(2) / file
    path.unlink()
    path.mkdir()
    found = newest()
    assert found.name == name(3) and f"{file} cannot be read: " in found.passed[0]


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
@pytest.mark.parametrize(
    "error, said",
    [
        (TimeoutError(), "no answer in time"),
        (EOFError(), "the connection was lost: EOFError"),
        (OSError(), "OSError"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
    ],
)
def test_a_place_that_does_not_answer_is_named(push, newest, place, monkeypatch, error, said):
    push(2)

    def broken(path: str) -> None:
        raise error

    monkeypatch.setattr(place.store._client, "listdir", broken)
    with pytest.raises(ToolError, match=said):
        newest()


def test_who_may_not_log_in_is_told(machine, root: Path, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(machine.known_hosts)
    address = f"sftp://eve@127.0.0.1:{machine.port}{root}"
    with (
        pytest.raises(SshError, match="refuses eve's key"),
        open_place(address, "odoo-care", machine.key_file, known),
    ):
        pass
    address = address.replace("eve", "ubuntu")
    machine.sftp = False
    with (
        pytest.raises(SshError, match="does not offer SFTP to ubuntu"),
        open_place(address, "odoo-care", machine.key_file, known),
    ):
        pass
    known.write_text("")
    with (
        pytest.raises(SshError, match="COPIES_KNOWN_HOSTS"),
        open_place(address, "odoo-care", machine.key_file, known),
    ):
        pass
    machine.stop()
    known.write_text(machine.known_hosts)
    with (
        pytest.raises(SshError, match="cannot be reached") as told,
        open_place(address, "odoo-care", machine.key_file, known),
    ):
        pass
    assert "check the place's address, its SSH server" in told.value.fix


@pytest.mark.parametrize(
    "address",
    [
        "s3://bucket/x",
        "sftp://ubuntu@host",
        "sftp://ubuntu@host/",
        "sftp://u:secret@host/x",
        "sftp://u@host:99999/x",
        "sftp://u@host/x?y",
        "sftp://u@host/x/../y",
        "http://[",
    ],
)
def test_what_is_no_address_of_a_place_is_refused(address: str, tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="is not the address of a place") as told,
        open_place(address, "odoo-care", tmp_path, tmp_path),
    ):
        pass
    assert "secret" not in str(told.value)


def test_a_place_needs_a_key(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"missing: --ssh-key \(secret COPIES_SSH_KEY\)"),
        open_place("sftp://u@host/x", "odoo-care", None, None),
    ):
        pass


def test_a_folder_is_not_opened_as_a_file() -> None:
    """Some servers open one."""
    client = MagicMock()
    opened = client.open.return_value.__enter__.return_value
    opened.stat.return_value.st_mode = stat.S_IFDIR
    with pytest.raises(PermissionError, match="it is not a file"):
        with SftpFiles(client).open("/copies", "rb"):
            pass
    assert not opened.prefetch.called


@pytest.mark.parametrize(
    "hours, words", [(-1, "0 hours"), (1, "1 hour"), (47, "47 hours"), (49, "2 days")]
)
def test_an_age_in_words(hours: int, words: str) -> None:
    assert copy_age(document(hours / 24), NOW) == words


def test_names_of_a_folder_are_synced(tmp_path: Path, monkeypatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(place_files.files, "sync", synced.append)
    local = place_files.LocalFiles()
    local.mkdir(f"{tmp_path}/a", 0o750)
    local.rename(f"{tmp_path}/a", f"{tmp_path}/b")
    local.finish(f"{tmp_path}/b")
    assert synced == [tmp_path, tmp_path / "b"]
    with local.open(f"{tmp_path}/b/c", "wb") as file:
        file.write(DUMP)
    with local.open(f"{tmp_path}/b/c", "rb") as file:
        assert file.read() == DUMP
